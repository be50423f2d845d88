"""A file's line endings, which a browser's text field does not know. Plain Python."""
import difflib
import re

_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")


def keep_endings(old, new):
    """Return `new`, edited where all lines end with a line feed, with the endings that its lines have in `old`.

    A line that is not there ends as most of the others do. A text in which CR stands knows what it does: it is returned as it is.
    """
    if "\r" in new or "\r" not in old:
        return new
    before, after = _lines(old), _lines(new)
    usual = _usual(before)
    ends = [end and usual for _text, end in after]
    texts = [[text for text, _end in lines] for lines in (before, after)]
    for block in difflib.SequenceMatcher(None, *texts, autojunk=False).get_matching_blocks():
        for step in range(block.size):
            there = before[block.a + step][1]
            ends[block.b + step] = ends[block.b + step] and (there or usual)
    whole = "".join(text + end for (text, _end), end in zip(after, ends))
    # A line that ends with CR, and an empty one that ends with LF behind it, would be one.
    return whole if len(_lines(whole)) == len(after) else new


def _lines(text):
    """Return [(line, its ending)]; the last has none."""
    return [match.groups() for match in _LINE.finditer(text) if match.group(0)]


def _usual(lines):
    ends = [end for _text, end in lines if end]
    return max(set(ends), key=lambda end: (ends.count(end), end)) if ends else "\n"
