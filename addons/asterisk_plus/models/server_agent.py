import hashlib
import json
import time

from odoo import _, api, fields, models, release
from odoo.exceptions import AccessError, ValidationError

from ..delivery_run import DeliveryRun

MAX_TEXT = 500
HELLO = ("agent_version", "agent_name", "boot", "asterisk_version", "system_name")


class AsteriskPlusServer(models.Model):
    """What the agent calls: docs/reference/agent-odoo.md, section 1. Each works on the caller's own server."""

    _inherit = "asterisk_plus.server"

    # Handlers that take a list of events, of one server, at once: (model, method of the map) -> private method (server, events).
    _batch_handlers = {("asterisk_plus.call", "on_ami_event"): "_on_ami_events"}

    @api.model
    def agent_hello(self, info):
        """Keep what the agent tells of itself, with its token; return who answers."""
        server = self._caller_server()
        info = info if isinstance(info, dict) else {}
        values = {_field(name): _text(info.get(name)) for name in HELLO}
        values.update(state="online", last_seen=fields.Datetime.now())
        token = info.get("rpc_token")
        if token:
            if not isinstance(token, str) or not (token.isascii() and token.isprintable()) or len(token) > MAX_TEXT:
                raise ValidationError(_("The agent's token must be printable ASCII."))
            values["agent_token"] = token
        server.write(values)
        return {
            "server_id": server.id,
            "server_name": server.name,
            "odoo_version": release.major_version,
            "addon_version": self.env.ref("base.module_asterisk_plus").sudo().latest_version or "",
            "now": "%.6f" % time.time(),
        }

    @api.model
    def get_events_map(self):
        """Return the enabled rows of the map for the caller's server, with a version that changes when they do."""
        server = self._caller_server()
        rows = [row._for_agent() for row in self.env["asterisk_plus.event"].sudo()._rows_of(server)]
        version = hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()[:12]
        return {"version": version, "rows": rows}

    @api.model
    def report_event_errors(self, errors):
        """Show to the admin which rows of the map the agent cannot use; the list is full, an empty one clears."""
        server = self._caller_server()
        told = {error["id"]: _text(error.get("error")) for error in errors if isinstance(error, dict) and "id" in error}
        for row in self.env["asterisk_plus.event"].sudo()._rows_of(server):
            if (row.error or "") != told.get(row.id, ""):
                row.error = told.get(row.id, False)
        return True

    @api.model
    def agent_parked(self, parked):
        """Show to the admin how many items the agent has parked, and the last of them."""
        server = self._caller_server()
        count, last = parked.get("count"), parked.get("last")
        if not isinstance(count, int) or count < 0:
            raise ValidationError(_("The count of parked items must be a number."))
        words = [_text(last.get(key)) for key in ("name", "error")] if isinstance(last, dict) else []
        server.write({"parked_count": min(count, 2**31 - 1), "parked_last": ": ".join(filter(None, words)) or False})
        return True

    @api.model
    def notify_user(self, uid, message):
        """Show a notification to a PBX user of the caller's server. All text, never markup."""
        server = self._caller_server()
        owner = self.env["asterisk_plus.user"].sudo().search([("server_id", "=", server.id), ("user_id", "=", uid)], limit=1)
        if not owner or not isinstance(message, dict):
            raise AccessError(_("The user is no PBX user of this server."))
        owner.user_id._asterisk_plus_notify(
            _text(message.get("title")),
            _text(message.get("message")),
            warning=bool(message.get("warning")),
            sticky=bool(message.get("sticky")),
        )
        return True

    @api.model
    def deliver(self, batch):
        """Apply a batch of items, each once whatever comes again; return what became of each, in order."""
        server = self._caller_server()
        items = batch.get("items") if isinstance(batch, dict) else None
        settled = batch.get("settled") if isinstance(batch, dict) else None
        if not isinstance(items, list) or not isinstance(settled, dict):
            raise ValidationError(_("This is no batch of items."))
        if not all(_is_item(item) for item in items) or not all(_is_mark(*pair) for pair in settled.items()):
            raise ValidationError(_("An item without boot, seq, row or event."))
        deliveries = self.env["asterisk_plus.delivery"].sudo()
        deliveries._take_turn(server)
        marks = deliveries._load(server, settled, {item["boot"] for item in items})
        results = DeliveryRun(self.env, server, marks).run(items)
        deliveries._store(server, marks)
        return {"results": results}


def _field(name):
    return "agent_boot" if name == "boot" else name


def _text(value):
    """Return a line of text of bounded length: an agent's word is shown, never trusted."""
    if not isinstance(value, str):
        return ""
    return "".join(character if character.isprintable() else " " for character in value)[:MAX_TEXT].strip()


def _is_mark(boot, seq):
    """Tell whether these are a boot and the number of an event."""
    return isinstance(boot, str) and 0 < len(boot) <= 64 and boot != "*" and _is_number(seq)


def _is_item(item):
    return (
        isinstance(item, dict)
        and _is_mark(item.get("boot"), item.get("seq"))
        and _is_number(item.get("row"))
        and isinstance(item.get("event"), dict)
    )


def _is_number(value):
    """Tell whether a value is a whole number that survives JSON and a float column."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53
