"""What the tests of the samples find of their calls."""

from pathlib import Path

from lab.process import wait_until
from lab.stage import Stage


def recorded(stage: Stage) -> list[str]:
    """Return the files that the calls so far, now over, were recorded into."""
    stage.wait_idle()
    told = [one for one in stage.ami.events("VarSet") if one["Variable"] == "MIXMONITOR_FILENAME"]
    folder = stage.asterisk.spool / "monitor"
    files = [folder / Path(one["Value"]).name for one in told]
    for file in files:
        wait_until(file.is_file, f"recording {file.name}", 60)
    assert [file.stem for file in files] == [one["Uniqueid"] for one in told]
    return [one["Channel"].rpartition("-")[0] for one in told]
