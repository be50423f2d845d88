"""Everything that can go wrong with a click, done to real components."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from lab.agent import Agent
from lab.asterisk import Asterisk
from lab.clicker import Clicker
from lab.errors import LabError
from lab.office import Office
from lab.process import wait_until
from lab.stage import Stage

# What the agent says of a request that nobody waits for any more.
GONE = ": caller gone"
WAIT_S = 60.0


@dataclass
class ClickFailures:
    """What can go wrong with a click; each is a context manager, which mends it again."""

    desk: Clicker
    stage: Stage
    asterisk: Asterisk
    agent: Agent
    office: Office

    def on_phone(self, answer: str) -> AbstractContextManager[None]:
        """Let the own phone answer so."""
        self.stage.phone("101", answer, ring_s=0.2)
        return self.desk.changed(originate_timeout=3 if answer == "never" else 30)

    @contextmanager
    def gone_after_the_pick_up(self) -> Iterator[None]:
        """A context that is there at the click, and leads to one that is not."""
        self.asterisk.cli("dialplan add extension _+X.,1,Goto,nosuch,1,1 into leads-nowhere")
        self.stage.phone("101", ring_s=0.1)
        try:
            with self.desk.changed(originate_context="leads-nowhere"):
                yield
        finally:
            self.asterisk.cli("dialplan remove context leads-nowhere")

    @contextmanager
    def wrong_token(self) -> Iterator[None]:
        """Odoo has an old token."""
        token = self.office.agent_token()
        self._set_token("x" * 40)
        try:
            yield
        finally:
            self._set_token(token)

    def _set_token(self, token: str) -> None:
        update = f"update asterisk_plus_server_secret set token = '{token}'"  # noqa: S608 - ours
        self.office.postgres.sql(update, self.office.database)

    @contextmanager
    def no_right(self) -> Iterator[None]:
        """The agent's AMI account may do all but originate."""
        self._ami_rights("write = call,agent,reporting")
        try:
            yield
        finally:
            self._ami_rights("")

    def _ami_rights(self, line: str) -> None:
        """Add a line to the account, and let the agent log in anew: with it come its rights."""
        self.asterisk.stop()
        conf = self.asterisk.folder / "etc/manager.conf"
        text = conf.read_text().partition("; the test's\n")[0]
        conf.write_text(f"{text}; the test's\n" + (f"[odoo](+)\n{line}\n" if line else ""))
        self.asterisk.start()
        wait_until(lambda: self.desk.ping(), "the agent is connected again", WAIT_S)

    @contextmanager
    def asterisk_down(self) -> Iterator[None]:
        """Nobody listens where the agent looks for Asterisk."""
        self.asterisk.stop()
        wait_until(lambda: not self.desk.ping(), "the agent knows", WAIT_S)
        try:
            yield
        finally:
            self.asterisk.start()
            wait_until(lambda: self.desk.ping(), "the agent is connected again", WAIT_S)

    @contextmanager
    def agent_down(self) -> Iterator[None]:
        """There is no agent."""
        self.agent.kill()
        try:
            yield
        finally:
            self.agent.start()

    @contextmanager
    def agent_hangs(self) -> Iterator[None]:
        """The agent's address takes connections, and nobody answers."""
        self.agent.pause()
        try:
            yield
        finally:
            self.agent.resume()
        # The request is still before its door; the phone must not ring now that the user was told.
        wait_until(lambda: GONE in self.agent.log.read_text("utf-8"), "the agent wakes up", WAIT_S)
        if channels := self.stage.channels():
            raise LabError(f"a phone rings after the user was told that it won't: {channels}")
