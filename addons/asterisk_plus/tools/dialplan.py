"""What may go into Asterisk's dialplan and into Originate. Plain Python: text in, clean text or None out.

A caller chooses names through the contacts that people make of them, and the answer of a controller becomes CALLERID(name),
the argument of Dial() or of REGEX(). So characters are taken by a list of good ones, never by a list of bad ones.
"""
import re
import unicodedata

TECHNOLOGIES = ("PJSIP", "SIP", "IAX2", "Local", "DAHDI")
# Neither & nor , nor / twice nor a parenthesis: they separate in Dial(). A Local channel may carry its context (102@lab).
ENDPOINT = re.compile(r"(?:%s)/[A-Za-z0-9+][A-Za-z0-9_.@+-]{0,78}\Z" % "|".join(TECHNOLOGIES))
NUMBER = re.compile(r"\+?[0-9*#]{1,40}\Z")
# RFC 3261 token; values without what Originate's Variable header gives a meaning to: , " \ ( ) [ ] { } $ (manager.c: astman_get_variables)
HEADER = re.compile(r"(Alert-Info|Call-Info|Answer-Mode|Priv-Answer-Mode|[PX]-[A-Za-z0-9-]{1,40}): ?([A-Za-z0-9 <>;:=/._@?+*-]{1,200})\Z")

NAME_PUNCTUATION = frozenset(" .-'()&/+@_#*!:°")
TAG_PUNCTUATION = frozenset(" .-_/+")
MAX_CALLER_NAME = 64  # SIP phones show about 30; Asterisk keeps 80 in some places (AST_MAX_EXTENSION)
MAX_TAG = 40
MAX_TAGS = 40
MAX_CHANNELS = 10


def is_endpoint(text):
    """Tell whether the text is technology and endpoint, "PJSIP/101"."""
    return bool(ENDPOINT.match(text or ""))


def is_number(text):
    """Tell whether the text can be an extension or a caller id number."""
    return bool(NUMBER.match(text or "")) and any(character.isdigit() for character in text)


def split_header(text):
    """Return (name, value) of a SIP header that a phone may be sent, None for any other text."""
    match = HEADER.match(text or "")
    return match.groups() if match else None


def caller_name(name, company=""):
    """Return "Jane (ACME)" for a display: letters, digits and harmless punctuation, at most 64 characters."""
    name, company = _clean(name, NAME_PUNCTUATION), _clean(company, NAME_PUNCTUATION)
    if company and company != name:
        room = MAX_CALLER_NAME - len(name) - 3
        if name and room >= 4:
            return "%s (%s)" % (name, company[:room].strip())
        name = name or company
    return name[:MAX_CALLER_NAME].strip()


def tags(names):
    """Return "VIP,B2B": tags of letters, digits and " .-_/+", each at most 40 characters, at most 40 of them."""
    clean = (_clean(name, TAG_PUNCTUATION)[:MAX_TAG].strip() for name in names)
    return ",".join(list(dict.fromkeys(name for name in clean if name))[:MAX_TAGS])


def dial_string(endpoints):
    """Return "PJSIP/101&PJSIP/102" as Dial() takes it, without doubles and without anything that is no endpoint."""
    return "&".join(list(dict.fromkeys(one for one in endpoints if is_endpoint(one)))[:MAX_CHANNELS])


def _clean(text, punctuation):
    kept = (character if _is_good(character, punctuation) else " " for character in unicodedata.normalize("NFC", text or ""))
    return " ".join("".join(kept).split())


def _is_good(character, punctuation):
    return character in punctuation or unicodedata.category(character)[0] in "LMN"
