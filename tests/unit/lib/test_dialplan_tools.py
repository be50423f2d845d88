"""What the dialplan's questions answer, whatever people wrote into contacts and strangers ask."""

import importlib.util
import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

TOOLS = Path(__file__).parents[3] / "addons/asterisk_plus/tools"


def load(name: str):
    """Import a plain module of the addon without the addon: that would import Odoo."""
    spec = importlib.util.spec_from_file_location(f"addon_{name}", TOOLS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


dialplan, network = load("dialplan"), load("network")
EVIL = re.compile(r"[\r\n\x00-\x1f\x7f\"$\\{}\[\]<>,;|%=~`^]")
names = st.text(max_size=90)


@given(names, names)
def test_a_callers_name_holds_nothing_that_means_anything(name, company) -> None:
    found = dialplan.caller_name(name, company)
    assert len(found) <= dialplan.MAX_CALLER_NAME
    assert not EVIL.search(found)


@given(st.lists(names, max_size=60))
def test_tags_are_words(found) -> None:
    text = dialplan.tags(found)
    assert not EVIL.search(text.replace(",", ""))
    assert text.count(",") < dialplan.MAX_TAGS


@given(st.lists(names | st.just("PJSIP/101"), max_size=20))
def test_a_dial_string_holds_endpoints_only(found) -> None:
    text = dialplan.dial_string(found)
    assert all(
        re.fullmatch(r"PJSIP/[\w.@+-]+|[A-Za-z0-9]+/[\w.@+-]+", one)
        for one in text.split("&")
        if one
    )


@given(
    st.dictionaries(st.sampled_from(["REMOTE_ADDR", *network.FORWARDING_HEADERS]), names),
    st.text(max_size=60),
)
def test_an_address_is_found_or_nobodys(environ, listed) -> None:
    address = network.client_address(environ, listed)
    assert network.is_listed(address, listed) in (True, False)
    if any(header in environ for header in network.FORWARDING_HEADERS):
        assert address is None
