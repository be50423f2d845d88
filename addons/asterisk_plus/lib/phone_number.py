"""Phone numbers: from what Asterisk or a person wrote to E.164, and to what can be dialled.

Whoever calls chooses the text, so nothing here raises on it. Works with phonenumbers 8.12 (Debian 11) and later.
"""

from __future__ import annotations

import re
from typing import Iterator, Optional, Sequence, Tuple

import phonenumbers

MAX_INPUT = 40  # E.164 has 15 digits; the rest is separators
MIN_DIGITS = 7  # fewer is an extension or a short code, which several people share
MAX_DIGITS = 20  # with an international or carrier prefix
MAX_DTMF = 32

SEPARATORS = re.compile(r"[ \t.\-()/\u00a0\u2010-\u2015\u202a-\u202e\u2060\u2066-\u2069\u200e\u200f]")
# What people write behind a number to be dialled after the answer: ##101, ext. 101, x101, ;ext=101.
EXTENSION = re.compile(r"\s*(?:##.*|(?:;?ext[.=:]?|extension|x)\s*[0-9]{1,8})\Z", re.IGNORECASE)
NUMBER = re.compile(r"\+?[0-9]+\Z")
DIALABLE = re.compile(r"\+?[0-9*#]+\Z")
DTMF = re.compile(r"[0-9*#A-Da-dwW,]+\Z")


def to_e164(number: str, countries: Sequence[str]) -> Optional[str]:
    """Return the number as E.164 ("+32470000001"), None when it is not one subscriber's number.

    `countries` are two-letter codes in the order in which a national number is tried.
    """
    return next(_readings(number, countries), None)


def candidates(number: str, countries: Sequence[str]) -> Tuple[str, ...]:
    """Return every E.164 number that the text can mean in these countries, the likeliest first.

    A number is international if it says so (+, or a country's own prefix like 00), or national in one of the countries.
    Some trunks leave the + away ("32470000001"): that reading comes last. With a + the length decides, because
    numbering plans grow after a library was released; a reading of our own making must be a number that exists.
    """
    return tuple(dict.fromkeys(_readings(number, countries)))


def _readings(number: str, countries: Sequence[str]) -> Iterator[str]:
    """Yield the readings one by one: whoever wants the first only need not wait for all."""
    digits = _cleaned(number)
    if digits is None:
        return
    if digits.startswith("+"):
        found = iter([_parsed(digits, None, trusted=True)])
    else:
        found = (_parsed(*reading) for reading in _national(digits, countries))
    yield from (one for one in found if one is not None)


def _national(digits: str, countries: Sequence[str]) -> Iterator[Tuple[str, Optional[str], bool]]:
    """Yield how digits without a + can be read, as arguments of _parsed()."""
    for country in countries:
        if isinstance(country, str) and len(country) == 2:
            yield digits, country.upper(), False
    if digits.startswith("00"):
        yield "+" + digits[2:], None, True
    elif not digits.startswith("0"):
        yield "+" + digits, None, False


def split_post_dial(number: str) -> Tuple[str, str]:
    """Return (number, DTMF digits) of "+32470000001##101"; the digits are empty when there are none or they are no
    DTMF.
    """
    head, mark, digits = str(number or "").partition("##")
    digits = digits.strip()[:MAX_DTMF]
    return head.strip(), digits if mark and DTMF.match(digits) else ""


def dialable(number: str) -> Optional[str]:
    """Return what can be dialled (digits, *, #, a leading +), without the separators that people write; None if nothing
    can.

    What follows ## is not dialled: see split_post_dial().
    """
    if not isinstance(number, str) or len(number) > 2 * MAX_INPUT:
        return None
    head = SEPARATORS.sub("", split_post_dial(number)[0].replace("(0)", ""))
    if not DIALABLE.match(head) or len(head) > MAX_INPUT:
        return None
    return head if any(character.isdigit() for character in head) else None


def _cleaned(number: str) -> Optional[str]:
    """Return digits with an optional leading +, None for anything that is not a subscriber's number."""
    if not isinstance(number, str) or len(number) > MAX_INPUT:
        return None
    written = EXTENSION.sub("", number.strip())
    international = written.startswith(("+", "00"))
    if international:
        written = written.replace("(0)", "")  # +32 (0)470 00 00 01: the trunk prefix is not dialled from abroad
    digits = SEPARATORS.sub("", written)
    if not NUMBER.match(digits) or not MIN_DIGITS <= len(digits.lstrip("+")) <= MAX_DIGITS:
        return None
    return digits if digits.isascii() else None


def _parsed(digits: str, region: Optional[str], trusted: bool = False) -> Optional[str]:
    try:
        parsed = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    is_number = phonenumbers.is_possible_number if trusted else phonenumbers.is_valid_number
    if not is_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
