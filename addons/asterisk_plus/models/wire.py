"""What comes from the agent, made fit for the database: a stranger chooses caller ids, and PostgreSQL stores no NUL."""
from datetime import datetime, timezone

REPLACEMENT = "\ufffd"
MAX_DEPTH = 4


def clean_text(value, limit=None):
    """Return the text without NUL and lone surrogates, cut to `limit` characters; empty for anything that is no text."""
    if not isinstance(value, str):
        return ""
    if limit is not None:
        value = value[:limit]
    if not value.isascii():
        value = value.encode("utf-8", "replace").decode("utf-8")
    return value.replace("\0", REPLACEMENT)


def clean(value, depth=0):
    """Return a copy of an event, a channel or a list of them, with clean texts. Raise ValueError when nested too deeply."""
    if depth > MAX_DEPTH:
        raise ValueError("nested too deeply")
    if isinstance(value, dict):
        return {clean_text(name): clean(one, depth + 1) for name, one in value.items()}
    if isinstance(value, list):
        return [clean(one, depth + 1) for one in value]
    return clean_text(value) if isinstance(value, str) else value


def to_datetime(seconds):
    """Return Unix seconds as Odoo keeps a time (UTC, whole seconds), False for none or for a time that is none."""
    if not seconds:
        return False
    try:
        return datetime.fromtimestamp(int(seconds), timezone.utc).replace(tzinfo=None)
    except (OverflowError, OSError, ValueError):
        return False


def to_seconds(value):
    """Return a header's Unix seconds, 0.0 when it says none."""
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        return 0.0
    return seconds if 0 < seconds < 1e11 else 0.0


def duration_seconds(value):
    """Return the seconds of "HH:MM:SS" (manager.c, action_coreshowchannels: Duration), 0 when it is something else."""
    parts = value.split(":") if isinstance(value, str) else []
    if len(parts) != 3 or not all(part.isdigit() and part.isascii() and len(part) < 9 for part in parts):
        return 0
    hours, minutes, seconds = (int(part) for part in parts)
    return hours * 3600 + minutes * 60 + seconds
