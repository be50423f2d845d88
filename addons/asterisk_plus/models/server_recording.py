"""A recording's way in, on the agent's own server: begin, the pieces (controllers/recording.py), finish.

docs/reference/agent-odoo.md, section 4. Nothing of it is kept in the database before finish.
"""
from datetime import timedelta

from odoo import _, api, models
from odoo.exceptions import UserError

from ..tools.recording_store import Part
from .asterisk_recording import KINDS
from .wire import clean_text, to_datetime

MAX_NAME = 1000
MAX_ID = 200
MAX_IDS = 10
MAX_DURATION_S = 7 * 86400.0
# Asterisk's time in a message's text, and in its events, may be told by two clocks.
SLACK_S = 5.0


class AsteriskServer(models.Model):
    _inherit = "asterisk_plus.server"

    @api.model
    def recording_begin(self, offer):
        """Tell what is there of a recording: it is `done`, it is `wanted` from an offset on, or there is `no_call` of it."""
        server = self._agent_server()
        part, values = server._read_offer(offer)
        known = server._recording_of(values)
        if known and known._is_whole():
            return {"state": "done", "offset": part.size}
        # What has lost its file is brought in again: the agent still has it.
        known.unlink()
        if not server._recorded_call(offer):
            return {"state": "no_call", "offset": 0}
        if part.offset > part.size:
            part.drop()
        return {"state": "wanted", "offset": part.offset}

    @api.model
    def recording_finish(self, offer):
        """Keep a recording of which all bytes are there. Raise UserError if they are not those that were announced."""
        server = self._agent_server()
        part, values = server._read_offer(offer)
        if server._recording_of(values):
            return True
        call = server._recorded_call(offer)
        if not call or part.offset != part.size:
            raise UserError(_("The recording is not complete, or there is no call of it."))
        if part.digests()[0] != part.sha256:
            part.drop()
            raise UserError(_("The recording's checksum is another one."))
        server.env["asterisk_plus.recording"]._keep(call, part, values)
        return True

    def _recording_part(self, sha256, size):
        """Return where the bytes of a recording of this server arrive. Raise ValueError."""
        self.ensure_one()
        return Part(self.env["asterisk_plus.recording"]._parts_folder(), self.id, sha256, size)

    def _read_offer(self, offer):
        """Return the part and the values of the record to be. Raise UserError when the offer is not as the contract says."""
        try:
            part = self._recording_part(offer["sha256"], offer["size"])
            duration = min(max(float(offer["duration"] or 0.0), 0.0), MAX_DURATION_S)
            started = to_datetime(float(offer["started"]))
            filename = clean_text(offer["filename"], MAX_NAME)
            uniqueids = self._ids_of(offer)
            kind = offer.get("kind", "call")
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise UserError(_("This is no recording: %s", error)) from error
        if not filename or not started or kind not in dict(KINDS):
            raise UserError(_("This is no recording: %s", "filename"))
        values = {"filename": filename, "checksum": part.sha256, "size": part.size}
        values.update(duration=duration, started=started, uniqueid=uniqueids[0] if uniqueids else False)
        values["kind"] = kind
        return part, values

    @api.model
    def _ids_of(self, offer):
        return [clean_text(one, MAX_ID) for one in list(offer["uniqueids"])[:MAX_IDS] if one]

    def _recording_of(self, values):
        # Not by name and content alone: a dialplan may use one name for all, and silence is like silence.
        same = [("server_id", "=", self.id)] + [(name, "=", values[name]) for name in ("filename", "checksum", "started")]
        return self.env["asterisk_plus.recording"].search(same, limit=1)

    def _recorded_call(self, offer):
        """Return the call whose channel was recorded; the channel knows in which call it went on."""
        uniqueids, linkedid = self._ids_of(offer), clean_text(offer.get("linkedid"), MAX_ID)
        own = [("server_id", "=", self.id)]
        channels = self.env["asterisk_plus.channel"].search(own + [("uniqueid", "in", uniqueids)], limit=1)
        linkedids = [linkedid] if linkedid else uniqueids
        found = channels.call_id or self._call_of_message(offer)
        return found or self.env["asterisk_plus.call"].search(own + [("linkedid", "in", linkedids)], limit=1)

    def _call_of_message(self, offer):
        """Return the call whose channel left a message: of two channels with one name only one was there at that time."""
        name, at = clean_text(offer.get("channel"), MAX_ID), to_datetime(float(offer["started"]))
        if not name:
            return self.env["asterisk_plus.call"]
        slack = timedelta(seconds=SLACK_S)
        there = [("started", "<=", at + slack), "|", ("ended", "=", False), ("ended", ">=", at - slack)]
        channels = self.env["asterisk_plus.channel"].search([("server_id", "=", self.id), ("channel", "=", name)] + there)
        return channels[:1].call_id
