"""Long commands: their log, their failure with a cure, their end."""

import threading
from pathlib import Path

import pytest
from lab.errors import ProvisionError
from lab.shell import end_all, run


def test_a_failure_shows_the_logs_end_and_the_cure(tmp_path: Path) -> None:
    with pytest.raises(ProvisionError, match=r"(?s)the cause.*cure: do this"):
        run(["sh", "-c", "echo the cause; exit 3"], tmp_path / "log", "do this")


def test_the_persons_environment_stays_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    run(["env"], tmp_path / "log", "")
    text = (tmp_path / "log").read_text()
    assert "PYTHONHOME" not in text
    assert "https_proxy=http://proxy.example:3128" in text


def test_end_all_ends_a_command_and_what_it_started(tmp_path: Path) -> None:
    log = tmp_path / "log"
    failures: list[ProvisionError] = []

    def work() -> None:
        try:
            run(["sh", "-c", "echo began; sleep 1000; true"], log, "")
        except ProvisionError as failure:
            failures.append(failure)

    worker = threading.Thread(target=work)
    worker.start()
    while not log.is_file() or not log.read_text():
        assert worker.is_alive()
    end_all()
    worker.join(10)
    assert len(failures) == 1
