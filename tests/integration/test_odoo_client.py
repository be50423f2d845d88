"""The client against a strict Odoo over a real socket."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from asterisk_agent.core import errors
from asterisk_agent.odoo.client import OdooClient
from asterisk_agent.odoo.gateway import AgentInfo, OdooGateway
from asterisk_agent.odoo.jsonrpc import JsonRpc
from fakes.odoo import DB, LOGIN, PASSWORD, FakeOdoo
from fakes.odoo_faults import CommitThenCut, Expire, Hold, Http, Raise, Raw, Redirect, Result

ITEM = {"boot": "b", "seq": 1, "row": 7, "event": {"Event": "Hangup", "EventTime": "1.0"}}
INFO = AgentInfo("0.1.0", "pbx1", "b", "t" * 43)


@pytest.fixture
def odoo() -> Iterator[FakeOdoo]:
    with FakeOdoo() as fake:
        yield fake
        assert not fake.violations


def client_of(
    url: str, *, db: str = DB, user: str = LOGIN, password: str = PASSWORD, timeout_s: float = 30
) -> OdooClient:
    return OdooClient(JsonRpc(url, timeout_s=timeout_s), db=db, user=user, password=password)


def gateway_of(odoo: FakeOdoo, *, timeout_s: float = 30) -> OdooGateway:
    return OdooGateway(client_of(odoo.url, timeout_s=timeout_s))


class TestLogin:
    def test_right(self, odoo: FakeOdoo) -> None:
        client = client_of(odoo.url)
        assert client.login() == 7
        assert client.server_version == "14.0"
        assert PASSWORD not in repr(client)

    def test_wrong_password(self, odoo: FakeOdoo) -> None:
        with pytest.raises(errors.OdooAuthError, match="ODOO_PASSWORD"):
            client_of(odoo.url, password="wrong").login()

    def test_wrong_database_names_the_right_ones(self, odoo: FakeOdoo) -> None:
        with pytest.raises(errors.OdooDatabaseError, match=f"set ODOO_DB to one of: {DB}, other"):
            client_of(odoo.url, db="nope").login()

    def test_wrong_database_where_the_list_is_switched_off(self, odoo: FakeOdoo) -> None:
        odoo.on_next("list", Raise("odoo.exceptions.AccessDenied"))
        with pytest.raises(errors.OdooDatabaseError, match="set ODOO_DB to the database's name"):
            client_of(odoo.url, db="nope").login()

    def test_second_factor(self, odoo: FakeOdoo) -> None:
        odoo.on_next("authenticate", Result({"uid": None}))
        with pytest.raises(errors.OdooAuthError, match="second factor"):
            client_of(odoo.url).login()

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_a_redirect_is_refused_and_named(self, odoo: FakeOdoo, status: int) -> None:
        target = "https://odoo.example.com/web/session/authenticate"
        odoo.on_next("authenticate", Redirect(target, status))
        with pytest.raises(errors.OdooRedirectError) as caught:
            client_of(odoo.url).login()
        assert str(caught.value) == (
            "ODOO_URL answers with a redirect to https://odoo.example.com "
            "(set it to https://odoo.example.com)"
        )
        assert odoo.logins == 0

    @pytest.mark.parametrize("location", ["", "javascript:x", "http://[", "//"])
    def test_a_senseless_redirect_is_refused_too(self, odoo: FakeOdoo, location: str) -> None:
        odoo.on_next("authenticate", Redirect(location))
        with pytest.raises(errors.OdooRedirectError):
            client_of(odoo.url).login()

    @pytest.mark.parametrize("answer", [Http(404), Http(200), Raw(b"[]"), Raw(b"\xff"), Raw(b"{}")])
    def test_what_is_no_odoo(self, odoo: FakeOdoo, answer: object) -> None:
        odoo.on_next("authenticate", answer)
        with pytest.raises(errors.OdooProtocolError, match="no Odoo answers"):
            client_of(odoo.url).login()

    @pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
    def test_a_proxy_without_its_odoo(self, odoo: FakeOdoo, status: int) -> None:
        odoo.on_next("authenticate", Http(status))
        with pytest.raises(errors.OdooUnreachableError, match=str(status)):
            client_of(odoo.url).login()

    def test_nobody_listens(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{free.getsockname()[1]}"
            with pytest.raises(errors.OdooUnreachableError, match="no connection"):
                client_of(url).login()


class TestSession:
    def test_an_expired_session_is_renewed_once(self, odoo: FakeOdoo) -> None:
        gateway = gateway_of(odoo)
        gateway.agent_hello(INFO)
        odoo.on_next("get_events_map", Expire())
        assert gateway.get_events_map() == ("v1", [])
        assert odoo.logins == 2

    def test_an_odoo_that_lost_the_session_and_its_database_answers_404(
        self, odoo: FakeOdoo
    ) -> None:
        gateway = gateway_of(odoo)
        gateway.agent_hello(INFO)
        odoo.on_next("get_events_map", Http(404))
        assert gateway.get_events_map() == ("v1", [])
        assert odoo.logins == 2

    def test_a_session_that_expires_for_ever_is_an_error(self, odoo: FakeOdoo) -> None:
        odoo.on_next("get_events_map", Expire(), Expire(), Expire())
        with pytest.raises(errors.OdooSessionExpiredError):
            gateway_of(odoo).get_events_map()

    def test_threads_share_one_login(self, odoo: FakeOdoo) -> None:
        gateway = gateway_of(odoo)
        threads = [threading.Thread(target=gateway.get_events_map) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert odoo.logins == 1
        assert len(odoo.calls) == 8


class TestGateway:
    def test_hello(self, odoo: FakeOdoo) -> None:
        info = gateway_of(odoo).agent_hello(INFO)
        assert (info.server_name, info.odoo_version) == ("PBX", "14.0")
        assert odoo.hellos[0]["rpc_token"] == "t" * 43
        assert "t" * 43 not in repr(INFO)

    def test_deliver(self, odoo: FakeOdoo) -> None:
        (result,) = gateway_of(odoo).deliver("b", {"b": 0}, [ITEM])
        assert (result.seq, result.status) == (1, "done")
        assert odoo.names() == ["Hangup"]

    def test_a_time_out(self, odoo: FakeOdoo) -> None:
        release = threading.Event()
        odoo.on_next("deliver", Hold(release))
        with pytest.raises(errors.OdooUnreachableError, match="did not answer within"):
            gateway_of(odoo, timeout_s=0.3).deliver("b", {}, [ITEM])
        release.set()

    def test_a_reply_that_is_cut_after_the_commit_comes_again_as_a_duplicate(
        self, odoo: FakeOdoo
    ) -> None:
        gateway = gateway_of(odoo)
        odoo.on_next("deliver", CommitThenCut())
        with pytest.raises(errors.OdooUnreachableError):
            gateway.deliver("b", {"b": 0}, [ITEM])
        (result,) = gateway.deliver("b", {"b": 0}, [ITEM])
        assert result.status == "duplicate"
        assert odoo.names() == ["Hangup"]

    @pytest.mark.parametrize(
        "reply",
        [
            None,
            {},
            {"results": []},
            {"results": [{"boot": "b", "seq": 2, "row": 7, "status": "done"}]},
            {"results": [{"boot": "b", "seq": 1, "row": 7, "status": "maybe"}]},
            {"results": [{"boot": "b"}]},
            {"results": ["done"]},
        ],
    )
    def test_a_reply_that_was_not_agreed_on(self, odoo: FakeOdoo, reply: object) -> None:
        odoo.on_next("deliver", Result(reply))
        with pytest.raises(errors.OdooProtocolError, match="disagree on deliver"):
            gateway_of(odoo).deliver("b", {}, [ITEM])

    @pytest.mark.parametrize(
        ("model", "method"),
        [
            ("res.users", "_check"),
            ("../../web/x", "y"),
            ("res.users", "x/y"),
            ("", "x"),
            ("Res.Users", "x"),
            ("res.users", "x" * 200),
        ],
    )
    def test_a_callback_has_the_name_of_a_model_and_a_method(
        self, odoo: FakeOdoo, model: str, method: str
    ) -> None:
        with pytest.raises(ValueError, match="not the name"):
            gateway_of(odoo).callback(model, method, True, None)
        assert not odoo.calls
