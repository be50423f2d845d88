"""Somebody who clicks on numbers in Odoo, and sees the notices of what went wrong."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.cast import Cast
from lab.office import Office
from lab.process import waited_s
from lab.rpc import OdooRpc
from lab.webclient import flat

DEVICE = "asterisk_plus.user_channel"


@dataclass
class Clicker:
    """Alice at her browser: she clicks, and sees notices."""

    office: Office
    people: Cast
    session: OdooRpc
    admin: OdooRpc
    click_s: float = 0

    def click(self, number: str, **more: Any) -> int:
        """Click on a number; return the call's id. `click_s` is the longest that a click took, less
        what other programs of the machine took from it.
        """
        begun, waited = time.monotonic(), self.kept_waiting_s()
        call: int = self.session.call("asterisk_plus.server", "originate_call", number, **more)
        took = time.monotonic() - begun - max(0.0, self.kept_waiting_s() - waited)
        self.click_s = max(self.click_s, took)
        return call

    def kept_waiting_s(self) -> float:
        """Return for how long all that a click goes through, and we, waited for a processor, as of
        now.
        """
        running = [component.process for component in self.office.lab.components]
        theirs = sum(process.kept_waiting_s() for process in running if process is not None)
        return theirs + waited_s(Path("/proc/thread-self"))

    def notices(self, after: int, user: int = 0) -> list[tuple[float, str, str]]:
        """Return what her browser, or another's, was shown since: Unix time, title, message."""
        partner = self.admin.call("res.users", "read", user or self.people.alice, ["partner_id"])
        channel = json.dumps([self.office.database, "res.partner", partner[0]["partner_id"][0]])
        what = "json_build_array(extract(epoch from create_date), message)"
        where = f"id > {after} and channel = '{channel.replace(' ', '')}'"
        select = f"select {what} from bus_bus where {where} order by id"  # noqa: S608 - all ours
        rows = self.office.postgres.sql(select, self.office.database)
        found = [json.loads(row) for row in rows.splitlines()]
        texts = [(when, flat(json.loads(message))) for when, message in found]
        return [
            (when, text["title"], text["message"])
            for when, text in texts
            if text.get("type") == "simple_notification"
        ]

    def last_notice(self) -> int:
        """Return the id of the newest message of the bus."""
        return int(
            self.office.postgres.sql(
                "select coalesce(max(id), 0) from bus_bus", self.office.database
            )
        )

    def ping(self) -> bool:
        """Tell whether Asterisk answers the agent."""
        server = [self.people.server]
        answer = self.admin.call("asterisk_plus.server", "action_asterisk_ping", server)
        return bool(answer["params"]["type"] == "success")

    def device(self, **values: Any) -> int:
        """Change Alice's first device; return its id."""
        found = self.admin.search_read(
            DEVICE, [["user_id", "=", self.people.alice_pbx]], ["id"], order="sequence, id", limit=1
        )
        self.admin.write(DEVICE, found[0]["id"], values)
        return int(found[0]["id"])

    @contextmanager
    def changed(self, **values: Any) -> Iterator[None]:
        """Change Alice's first device for a while."""
        before = self.admin.call(DEVICE, "read", self.device(), list(values))[0]
        before.pop("id")
        self.device(**values)
        try:
            yield
        finally:
            self.device(**before)
