"""Whatever a stranger writes into the account of a security event, nobody else is accused by it."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from asterisk_agent.ami.message import Event
from asterisk_agent.firewall.security_event import UntrustedEventError, read_event
from asterisk_agent.firewall.source import parse_network
from unit.ami.samples import BANNER, read
from unit.firewall.facts import sample

TRUE = "IPV4/UDP/10.66.0.2/5060"
#: Asterisk decodes at most so much of a SIP user into AccountID (docs/explanation/security.md).
MOST = 36
_words = st.sampled_from(
    [
        "\r\n",
        "\r\n\r\n",
        "Event: ",
        "InvalidPassword",
        "RemoteAddress: ",
        "IPV4/UDP/10.10.0.5/1",
        "Privilege: security,all",
        "AccountID: ",
        "Newchannel",
        "Response: Success",
        ": ",
        "\n",
        "\r",
        "--END COMMAND--",
    ]
)
accounts = st.lists(_words | st.text(max_size=6), max_size=6).map(lambda found: "".join(found))


@given(accounts, st.sampled_from(["InvalidAccountID", "ChallengeSent", "ChallengeResponseFailed"]))
@example("\r\nRemoteAddress: IPV4/UDP/10.10.0.5", "InvalidAccountID")
@example("\r\n\r\nEvent: InvalidPassword\r\nX: y", "InvalidAccountID")
def test_a_stranger_accuses_nobody_but_himself(account: str, name: str) -> None:
    account = account.encode("utf-8", "replace")[:MOST].decode("utf-8", "ignore")
    event = sample(Event=name, RemoteAddress=TRUE, AccountID=account)
    data = "".join(f"{header}: {value}\r\n" for header, value in event.items()) + "\r\n"
    messages, _ = read(BANNER + data.encode())
    for message in messages:
        if not isinstance(message, Event) or "Privilege" not in message.headers:
            continue
        assert message.headers["Event"] == name
        try:
            fact = read_event(message.to_flat())
        except UntrustedEventError:
            continue
        assert fact.source == parse_network("10.66.0.2")
