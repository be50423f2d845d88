"""Configuration files, to and from Asterisk's machine: by buttons, of PBX admins, and as far as the agent's admin has opened it."""
import base64
import binascii

from odoo import _, api, fields, models
from odoo.exceptions import UserError

from .agent_client import AgentError
from .asterisk_conf import EXACTLY, NAME, digest, read_bytes

FETCH_TIMEOUT_S = 20
# What reads a file again; the agent's policy lists these modules (ami/policy_checks.py).
MODULES = {
    "extensions": "pbx_config",
    "pjsip": "res_pjsip",
    "queues": "app_queue",
    "sip": "chan_sip",
    "voicemail": "app_voicemail",
    "confbridge": "app_confbridge",
    "res_parking": "res_parking",
    "musiconhold": "res_musiconhold",
    "iax": "chan_iax2",
    "features": "features",
    "dnsmgr": "dnsmgr",
    "cdr": "cdr",
}


def _decoded(content):
    try:
        return base64.b64decode(content, validate=True)
    except (TypeError, ValueError, binascii.Error):
        return None


class AsteriskServer(models.Model):
    _inherit = "asterisk_plus.server"

    def action_fetch_configs(self):
        """Ask Asterisk's machine for its files, take what changed there, and show the list."""
        self.ensure_one()
        self._check_pbx_admin()
        try:
            found = self._agent_call("asterisk.get_all_configs", timeout_s=FETCH_TIMEOUT_S)
        except AgentError as error:
            return self._answer(_("Configuration Files"), self._conf_error_text(error), False)
        if not isinstance(found, dict):
            return self._answer(_("Configuration Files"), _("The agent gave an answer that was not expected."), False)
        confs = self.env["asterisk_plus.conf"]
        there = {name: raw for name, raw in ((name, _decoded(one)) for name, one in found.items()) if raw is not None}
        for conf in confs.search([("server_id", "=", self.id)]):
            conf._take(there.pop(conf.name, None))
        for name, raw in sorted(there.items()):
            if NAME.fullmatch(name) and read_bytes(raw):
                text, encoding = read_bytes(raw)
                made = confs.create({"server_id": self.id, "name": name, "content": text, "encoding": encoding})
                made._take(raw)
        action = self.env["ir.actions.act_window"]._for_xml_id("asterisk_plus.action_conf")
        return dict(action, domain=[("server_id", "=", self.id)], context={"default_server_id": self.id})

    def _conf_error_text(self, error):
        """Return cause and cure of an AgentError that concerns a file."""
        if error.code != "config_file":
            return self._agent_error_text(error)
        return self._conf_reasons().get(error.reason) or self._agent_error_text(error)

    def _conf_reasons(self):
        return {
            "changed": _("The file was changed on Asterisk's machine. Fetch it, look at the difference, and write it again."),
            "absent": _("There is no such file on Asterisk's machine, or the agent does not see its folder (ASTERISK_CONFIG_FOLDER)."),
            "link": _("On Asterisk's machine that is a link, or no file: the agent leaves it alone."),
            "size": _("The files are too large for the agent."),
            "disk": _("The file could not be written: it is as it was. The agent's user needs the right to write, and the disk room."),
        }


class AsteriskConf(models.Model):
    _inherit = "asterisk_plus.conf"

    def action_fetch(self):
        """Ask Asterisk's machine for this file."""
        self.ensure_one()
        try:
            raw = _decoded(self._ask("asterisk.get_config", [self.name]))
        except AgentError as error:
            if error.reason != "absent":
                return self._tell(self.server_id._conf_error_text(error), False)
            raw = None
        self._take(raw)
        return self._tell(dict(self._fields["state"]._description_selection(self.env))[self.state], self.state != "conflict")

    def action_write_there(self):
        """Write the file to Asterisk's machine, if it is there as Odoo last saw it."""
        self.ensure_one()
        raw = self._raw()
        try:
            self._ask("asterisk.put_config", [self.name, base64.b64encode(raw).decode()], was=self._was())
        except AgentError as error:
            return self._tell(self.server_id._conf_error_text(error), False)
        self._is_there(self._keep_version("odoo"))
        return self._tell(_("Written to Asterisk's machine. Asterisk reads it when it is reloaded."), True)

    def action_take_there(self):
        """Take the content that Asterisk's machine has."""
        self.ensure_one()
        self._check_admin()
        self._become(self.host_version_id)
        self.is_changed_there = False

    def action_delete_there(self):
        """Delete the file on Asterisk's machine; here it stays, with its history."""
        self.ensure_one()
        try:
            self._ask("asterisk.delete_config", [self.name], was=self._was())
        except AgentError as error:
            return self._tell(self.server_id._conf_error_text(error), False)
        self._is_there(False)
        return self._tell(_("Deleted on Asterisk's machine."), True)

    def action_reload(self):
        """Let Asterisk read again what this file is for."""
        self.ensure_one()
        module = MODULES.get(self.name.partition(".")[0].partition("_")[0]) or MODULES.get(self.name.partition(".")[0])
        if not module:
            raise UserError(_("No reload from here reads %s. Reload it on Asterisk's machine.", self.name))
        try:
            result = self._ask("asterisk.manager_action", [{"Action": "Reload", "Module": module}])
        except AgentError as error:
            return self._tell(self.server_id._agent_error_text(error), False)
        first = result[0] if isinstance(result, list) and result and isinstance(result[0], dict) else {}
        if first.get("Response") == "Success":
            return self._tell(_("Asterisk has reloaded %s.", module), True)
        return self._tell(self._reload_refusal(first.get("Message")), False)

    @api.model
    def _reload_refusal(self, message):
        """Return cause and cure of a Reload that Asterisk refused with that message."""
        if message == "Permission denied":  # manager.c: action_reload wants the right config, or system
            return _(
                "Asterisk does not let the agent reload. Add config to the line write of its account in manager.conf, "
                "run asterisk -rx 'manager reload', and restart the agent."
            )
        return message or _("The agent gave an answer that was not expected.")

    def _check_admin(self):
        self.server_id._check_pbx_admin()
        self.check_access_rights("write")
        self.check_access_rule("write")

    def _ask(self, method, args, **kwargs):
        self._check_admin()
        return self.server_id._agent_call(method, args, kwargs)

    def _tell(self, message, is_good):
        answer = self.server_id._answer(self.name, message, is_good)
        if is_good:
            # What is closed is nothing: the form reads its record again, and the notice stays.
            answer["params"]["next"] = {"type": "ir.actions.act_window_close"}
        return answer

    def _was(self):
        """Return the digest of what Asterisk's machine had when it was last asked; empty for no file."""
        there = self.host_version_id and self.host_version_id._as_file()
        return digest(there["content"].encode(there["encoding"])) if there else ""

    def _is_there(self, version):
        values = {"host_version_id": version.id if version else False, "is_changed_there": False}
        self.write(dict(values, fetched=fields.Datetime.now()))

    def _take(self, raw):
        """Note what Asterisk's machine has, None for no file. What was not edited here follows it; what was, stays."""
        self.ensure_one()
        found = read_bytes(raw) if raw is not None else None
        if found is None or raw == self._raw():
            return self._is_there(self._keep_version("host") if found else False)
        if raw is not None and self.host_version_id and digest(raw) == self._was():
            return self.write({"fetched": fields.Datetime.now()})
        is_edited = self.state != "same"
        mine = self._as_file()
        exactly = self.with_context(conf_bytes=EXACTLY)
        exactly.write({"content": found[0], "encoding": found[1]})
        self._is_there(self._keep_version("host"))
        if is_edited:
            exactly.write(dict(mine, is_changed_there=True))
            self._keep_version("odoo")
        return True
