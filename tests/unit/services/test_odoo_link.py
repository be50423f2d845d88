"""Hello, map and the map's errors: told once, again when they change."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from asterisk_agent.calls.event_map import EventMap
from asterisk_agent.calls.map_cache import MapCache
from asterisk_agent.core.errors import AgentError, OdooAuthError, OdooUnreachableError
from asterisk_agent.odoo.gateway import AgentInfo, OdooGateway, ServerInfo
from asterisk_agent.services.odoo_link import OdooLink

GOOD = {"id": 1, "name": "Hangup", "condition": ""}
BAD = {"id": 2, "name": "Hangup", "condition": "event["}


class Odoo(OdooGateway):
    """Answers from a list of maps; an error stands for a failed request."""

    def __init__(self, *maps: Any) -> None:
        self.maps = list(maps)
        self.told: list[Any] = []
        self.link: OdooLink | None = None

    def agent_hello(self, info: AgentInfo) -> ServerInfo:
        return ServerInfo(1, "PBX", "14.0", "1", 0.0)

    def get_events_map(self) -> tuple[str, list[dict[str, Any]]]:
        assert self.link is not None
        if len(self.maps) == 1:
            self.link.stop()
        found = self.maps.pop(0)
        if isinstance(found, AgentError):
            raise found
        # The next round at once.
        self.link.refresh()
        return found  # type: ignore[no-any-return]

    def report_event_errors(self, errors: Any) -> None:
        self.told.append([error["id"] for error in errors])


def nothing(_: object) -> None:
    """Take what no test looks at."""


def run(odoo: Odoo) -> tuple[list[EventMap], list[bool], list[AgentError]]:
    maps: list[EventMap] = []
    states: list[bool] = []
    mistakes: list[AgentError] = []

    def mistake(exc: AgentError) -> None:
        mistakes.append(exc)
        link.refresh()

    link = OdooLink(
        odoo,
        lambda: AgentInfo("1", "a", "b", "t"),
        on_map=maps.append,
        on_connected=states.append,
        on_mistake=mistake,
    )
    odoo.link = link
    link.run()
    return maps, states, mistakes


def test_errors_are_told_when_they_change_also_that_there_are_none() -> None:
    odoo = Odoo(("v1", [GOOD]), ("v1", [GOOD]), ("v2", [GOOD, BAD]), ("v2", [GOOD, BAD]))
    maps, states, _ = run(odoo)
    assert odoo.told == [[], [2]]
    assert [found.version for found in maps] == ["v1", "v1", "v2", "v2"]
    assert maps[2] is maps[3]
    assert states == [True] * 4


def test_a_mistake_is_told_and_what_waiting_heals_is_not() -> None:
    odoo = Odoo(OdooAuthError("x"), ("v1", []))
    _, states, mistakes = run(odoo)
    assert [type(exc) for exc in mistakes] == [OdooAuthError]
    assert states == [False, True]


def test_an_outage_is_no_mistake() -> None:
    odoo = Odoo(OdooUnreachableError("x"))
    _, states, mistakes = run(odoo)
    assert (states, mistakes) == ([False], [])


def test_a_saved_map_counts_until_odoo_answers(tmp_path: Path) -> None:
    cache = MapCache(tmp_path / "map.json", ["odoo"])
    cache.save("v1", [GOOD, BAD])
    maps: list[EventMap] = []
    odoo = Odoo(OdooUnreachableError("x"), ("v1", [GOOD, BAD]), ("v2", [GOOD]))
    link = OdooLink(
        odoo,
        lambda: AgentInfo("1", "a", "b", "t"),
        on_map=maps.append,
        on_connected=nothing,
        on_mistake=nothing,
        cache=cache,
    )
    odoo.link = link
    link.load()
    assert [found.version for found in maps] == ["v1"]
    link.refresh()
    link.run()
    assert [found.version for found in maps] == ["v1", "v1", "v2"]
    # Of a saved map too, the errors are told: Odoo may have been restored.
    assert odoo.told == [[2], []]
    saved = cache.load()
    assert saved is not None
    assert saved.version == "v2"


def test_hello_comes_again_only_with_news() -> None:
    told: list[str] = []

    class Once(Odoo):
        def agent_hello(self, info: AgentInfo) -> ServerInfo:
            told.append(info.asterisk_version)
            return super().agent_hello(info)

    odoo = Once(("v1", []))
    versions = ["16"]
    link = OdooLink(
        odoo,
        lambda: AgentInfo("1", "a", "b", "t", versions[0]),
        on_map=nothing,
        on_connected=nothing,
        on_mistake=nothing,
    )
    odoo.link = link
    link.run()
    link._wake.clear()
    link.tell_news()
    assert not link._wake.is_set()
    versions[0] = "22"
    link.tell_news()
    assert link._wake.is_set()
    assert told == ["16"]
