"""Answers for the dialplan: text that Asterisk puts into CALLERID(name), Dial() and REGEX() unread. Plain Python.

A partner's name is a stranger's text by the time it is in a dialplan: web forms and imports make partners. So, for each answer:

- caller name: no control characters, and none of `" $ { } [ ] \\ ; , | & < > `` ` ``: quotes and brackets would end
  strings and expressions of the dialplan, `< >` and quotes are the syntax of a caller id, commas and pipes part arguments. They become blanks.
  Round brackets stay: "Jane (ACME)". At most 80 characters, which is what phones show and what our samples keep.
- tags: the same, and no round brackets (REGEX() and other functions end at one). Commas part the tags.
- channels: only names of the form Technology/resource, parted by &, as Dial() takes them. Others are left out.
"""
import re
import unicodedata

MAX_NAME = 80
MAX_TAGS = 200
UNSAFE = re.compile(r"""["$\{\}\[\]\\;,|&<>`^]""")
CHANNEL = re.compile(r"[A-Za-z][A-Za-z0-9]*/[A-Za-z0-9_.+-]+(@[A-Za-z0-9_.-]+)?(/n)?\Z")


def clean_name(name, limit=MAX_NAME):
    """Return a name on one line, without what has a meaning in a dialplan."""
    printable = "".join(" " if unicodedata.category(character)[0] in "CZ" else character for character in name or "")
    return " ".join(UNSAFE.sub(" ", printable).split())[:limit].strip()


def join_tags(names):
    """Return tags joined by commas; what does not fit in whole is left out."""
    text = ""
    for name in names:
        tag = clean_name(name).replace("(", "").replace(")", "").strip()
        if tag and len(text) + len(tag) < MAX_TAGS:
            text += ("," if text else "") + tag
    return text


def is_channel(name):
    """Tell whether a name can be dialled: PJSIP/101, SIP/provider, Local/101@from-internal/n."""
    return bool(CHANNEL.match(name or ""))


def join_channels(names):
    """Return channels joined by &, as Dial() takes them."""
    return "&".join(name for name in names if is_channel(name))
