"""A log line is one line, whatever a stranger chose."""

import io
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asterisk_agent.core.logging import LineFormatter, escape_control, setup_logging


def line(message: str, *args: object) -> str:
    record = logging.LogRecord("a", logging.INFO, __file__, 1, message, args, None)
    return LineFormatter(["deep-secret"]).format(record)


def test_a_forged_line_stays_text() -> None:
    shown = line("caller %s", "x\r\n2026-01-01 INFO root: all is well\x1b[2J")
    assert shown.splitlines() == [shown]
    assert shown.endswith(r"caller x\r\n2026-01-01 INFO root: all is well\x1b[2J")


def test_the_direction_of_reading_can_not_be_turned() -> None:
    assert escape_control("a\u202eb") == r"a\u202eb"


@given(st.text())
def test_any_text_becomes_one_printable_line(text: str) -> None:
    shown = escape_control(text)
    assert len(shown.splitlines()) <= 1
    shown.encode("utf-8")


def test_secrets_do_not_appear() -> None:
    assert "deep-secret" not in line("password is %s", "deep-secret")


def test_a_traceback_can_not_pass_for_records() -> None:
    try:
        int("x\n2026-01-01 INFO root: forged")
    except ValueError as exc:
        info = (type(exc), ValueError("x\n2026-01-01 INFO root: forged"), exc.__traceback__)
    record = logging.LogRecord("a", logging.ERROR, __file__, 1, "failed", (), info)
    first, *rest = LineFormatter().format(record).splitlines()
    assert first.endswith("failed")
    assert all(text.startswith("| ") for text in rest)


@pytest.fixture
def _root_logger() -> object:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.usefixtures("_root_logger")
def test_setup_sends_the_level_and_above() -> None:
    stream = io.StringIO()
    setup_logging("WARNING", ["deep-secret"], stream)
    logging.getLogger("x").info("quiet")
    logging.getLogger("x").warning("loud deep-secret")
    assert "quiet" not in stream.getvalue()
    assert stream.getvalue().endswith("WARNING x: loud ***\n")
