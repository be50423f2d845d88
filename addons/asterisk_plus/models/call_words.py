"""Words about calls that several models use. Plain functions."""


def in_minutes(seconds):
    """Return "0:07" for 7 seconds, "1:02:03" for an hour and more."""
    minutes, seconds = divmod(seconds or 0, 60)
    hours, minutes = divmod(minutes, 60)
    return "%d:%02d:%02d" % (hours, minutes, seconds) if hours else "%d:%02d" % (minutes, seconds)


def short_name(endpoint):
    """Return what people call a phone that is nobody's: "103" for PJSIP/103."""
    return endpoint.partition("/")[2] or endpoint


def chain_text(chain, names):
    """Return "Alice → 701 → Bob": through whose hands a call went. `names` are the people of the endpoints."""
    return " → ".join(names.get(one.endpoint) or one.number or short_name(one.endpoint) for one in chain)
