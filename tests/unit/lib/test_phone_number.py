"""Numbers as Asterisk and people write them."""

import pytest
from asterisk_plus_lib.phone_number import candidates, dialable, split_post_dial, to_e164
from hypothesis import given
from hypothesis import strategies as st

JANE = "+32470000001"


@pytest.mark.parametrize(
    "written",
    [
        "+32470000001", "0032470000001", "0470000001", "32470000001", "0470 00 00 01",
        "0470.00.00.01", "0470/00.00.01",
        "+32 470 00 00 01", "+32 (0)470 00 00 01", "(0470) 00-00-01", "0032 (0) 470 00 00 01",
        " 0470000001 ",
        "+32\u00a0470\u00a000\u00a000\u00a001", "\u202a+32470000001\u202c",
        "0470\u201100\u201100\u201101",
    ],
)  # fmt: skip
def test_one_number_however_it_is_written(written: str) -> None:
    assert to_e164(written, ["BE"]) == JANE


@pytest.mark.parametrize(
    "written",
    [
        "", " ", "anonymous", "Anonymous", "unknown", "<unknown>", "s", "h", "restricted",
        "private", "unavailable",
        "101", "112", "1234", "12345", "100001", "sip:bob@example.com",
        "sip:+32470000001@example.com", "bob", "+", "++32470000001",
        "9" * 30, "9" * 10_000, "*98",
        "٠٤٧٠٠٠٠٠٠١", "+1", "0000000000",
    ],
)  # fmt: skip
def test_what_is_no_subscribers_number_matches_nothing(written: str) -> None:
    assert to_e164(written, ["BE", "FR"]) is None
    assert candidates(written, ["BE", "FR"]) == ()


@pytest.mark.parametrize("written", [None, 5, [], b"+32470000001"])
def test_what_is_no_text_matches_nothing(written) -> None:
    assert to_e164(written, ["BE"]) is None


@pytest.mark.parametrize(
    "extension", ["##101", " ## 1w2", "x12", " ext. 12", ";ext=5", " Extension 7", " EXT:3"]
)
def test_an_extension_is_no_part_of_the_number(extension: str) -> None:
    assert to_e164("0470000001" + extension, ["BE"]) == JANE


def test_the_first_country_wins_and_the_others_are_offered() -> None:
    assert candidates("0470000001", ["BE", "FR"]) == (JANE, "+33470000001")
    assert candidates("0470000001", ["FR", "BE"]) == ("+33470000001", JANE)


def test_an_international_number_needs_no_country() -> None:
    assert to_e164(JANE, []) == JANE
    assert to_e164("0032470000001", []) == JANE
    assert to_e164("0470000001", []) is None


def test_a_countrys_own_international_prefix() -> None:
    assert to_e164("011 32 470 00 00 01", ["US"]) == JANE
    assert to_e164("00 32 470 00 00 01", ["US"]) == JANE


def test_a_nonsense_country_is_passed_over() -> None:
    assert to_e164("0470000001", ["", "XX", "Belgium", "be"]) == JANE
    assert to_e164("0470000001", [None, "BE"]) == JANE  # type: ignore[list-item]


def test_a_number_newer_than_the_library_is_taken_with_a_plus_only() -> None:
    fictional = "+15550000000"
    assert to_e164(fictional, ["US"]) == fictional
    assert to_e164("5550000000", ["US"]) is None


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("+32470000001##101", (JANE, "101")),
        ("+32 470 00 00 01 ## 1w2", ("+32 470 00 00 01", "1w2")),
        ("+32470000001", (JANE, "")),
        ("+32470000001##", (JANE, "")),
        ("+32470000001##x;1", (JANE, "")),
        ("+32470000001##1##2", (JANE, "1##2")),
        ("##5", ("", "5")),
        ("", ("", "")),
        ("+32470000001##" + "1" * 100, (JANE, "1" * 32)),
    ],
)
def test_split_post_dial(written: str, parts: tuple[str, str]) -> None:
    assert split_post_dial(written) == parts


@pytest.mark.parametrize(
    ("written", "dialled"),
    [
        ("+32 470 00 00 01", JANE), ("0470/00.00.01", "0470000001"),
        ("+32 (0)470 00 00 01", JANE), ("101", "101"), ("*98", "*98"),
        ("+32470000001##101", JANE), ("(02) 555 12 12", "025551212"), ("", None), ("*", None),
        ("+", None), ("abc", None),
        ("1\r\nAction: Originate", None), ("101,30,tT", None), ("101&PJSIP/102", None),
        ("101@lab", None), ("${EXTEN}", None),
        ("1" * 100, None), (None, None), ("1\n2", None), (" 1\t2 ", "12"), ("+٣٢", None),
    ],
)  # fmt: skip
def test_dialable(written, dialled) -> None:
    assert dialable(written) == dialled


@given(st.text(max_size=60))
def test_no_text_raises(written: str) -> None:
    number = to_e164(written, ["BE", "US"])
    assert number is None or (number.startswith("+") and number[1:].isdigit() and len(number) <= 16)
    digits = dialable(written)
    assert digits is None or set(digits) <= set("+*#0123456789")
    split_post_dial(written)


@given(
    st.integers(470_000_000, 479_999_999),
    st.sampled_from(["+32{}", "0032{}", "0{}", "32{}", "+32 (0){}"]),
)
def test_stored_and_received_forms_agree(number: int, form: str) -> None:
    assert to_e164(form.format(number), ["BE"]) == f"+32{number}"
