"""The access list on its way to the agent: always the whole one, after commit, again until the agent has the newest."""
import hashlib
import json

from odoo import _, api, fields, models

from .wire import clean_text

SECURITY_OFF = -32024
INVALID = -32602
PENDING = "asterisk_plus.access_rules"


class AsteriskServer(models.Model):
    _inherit = "asterisk_plus.server"

    access_rule_ids = fields.One2many("asterisk_plus.access_list", "server_id", string="Access list")
    # The version of the list that the agent has answered for, and what it said.
    access_version = fields.Char(groups=".", copy=False)
    access_error = fields.Char(readonly=True, copy=False)
    access_state = fields.Selection(
        [("none", "Never sent"), ("waiting", "Waiting for the agent"), ("refused", "Refused"), ("applied", "Applied")],
        compute="_compute_access_state",
        help="Whether the agent has the access list as it is now.",
    )

    @api.depends("access_rule_ids.address", "access_rule_ids.access_type", "access_rule_ids.active", "access_error")
    def _compute_access_state(self):
        for server in self:
            # sudo: the version is nobody's to read.
            version = server.sudo().access_version
            rules = server._access_rules()
            if not version and not rules:
                server.access_state = "none"
            elif version != _version(rules):
                server.access_state = "waiting"
            else:
                server.access_state = "refused" if server.access_error else "applied"

    def _access_rules(self):
        """Return the rules that are in force, always in the same order."""
        self.ensure_one()
        # sudo: the list is sent as a whole, whoever changed a rule of it.
        rules = self.env["asterisk_plus.access_list"].sudo()
        return rules.search([("server_id", "=", self.id), ("active", "=", True)], order="id")

    def _access_rules_changed(self):
        """Send the lists when the transaction is committed: once each, as they are then."""
        waiting = self.env.cr.precommit.data.setdefault(PENDING, set())
        if not waiting:
            self.env.cr.precommit.add(self._flush_access_rules)
        waiting.update(self.ids)

    def _flush_access_rules(self):
        waiting = self.env.cr.precommit.data.pop(PENDING, set())
        self.env["asterisk_plus.server"].browse(sorted(waiting)).exists()._send_access_rules()

    def _send_access_rules(self):
        """Send the whole list to the agents that are set up. What is not taken now is sent at the next hello, or by the cron."""
        # sudo: whoever changed a rule may not read what reaches an agent.
        for server in self.sudo():
            if not server._agent_is_set_up():
                continue
            rules = server._access_rules()
            server._agent_send(
                "asterisk.update_access_rules",
                [[rule._for_agent() for rule in rules]],
                callback=("asterisk_plus.server", "access_rules_response"),
                pass_back={"version": _version(rules), "rules": rules.ids},
                is_quiet=True,
            )

    def _send_missing_access_rules(self, is_new=False):
        """Send the lists that the agents do not have; `is_new`: it has just started, and may have been set up anew."""
        for server in self.sudo():  # sudo: the version is nobody's to read
            rules = server._access_rules()
            is_current = server.access_version == _version(rules) if server.access_version or rules else True
            if not is_current or (is_new and rules):
                server._send_access_rules()

    @api.model
    def access_rules_response(self, result, pass_back):
        """Take the agent's answer to a list: what it left out, and why. An answer to an older list has the newest sent again."""
        server = self._agent_server()
        version, rule_ids = clean_text(pass_back.get("version"), 64), pass_back.get("rules")
        rules = server._access_rules()
        if version != _version(rules):
            # Two lists may have overtaken each other on their way.
            server._send_access_rules()
            return True
        error = result.get("error") if isinstance(result, dict) else None
        rows = _bad_rows(error)
        server._mark_rules(rules, rule_ids, rows)
        server.write({"access_version": version, "access_error": server._access_error_text(error, rows)})
        return True

    def _mark_rules(self, rules, rule_ids, rows):
        words = self._access_row_texts()
        by_place = dict(enumerate(rule_ids if isinstance(rule_ids, list) else []))
        bad = {by_place.get(place): words.get(reason, words["row"]) for place, reason in rows}
        for rule in rules:
            if (rule.error or None) != bad.get(rule.id):
                rule.error = bad.get(rule.id) or False

    @api.model
    def _access_row_texts(self):
        return {
            "row": _("The agent can't read this rule."),
            "address": _("The agent takes this for no address."),
            "netmask": _("The agent takes this for no network, or for one that is everybody."),
            "comment": _("The agent can't read the comment."),
        }

    @api.model
    def _access_error_text(self, error, rows):
        if not isinstance(error, dict):
            return False
        if error.get("code") == SECURITY_OFF:
            return _("Security is off on the agent: set ASTERISK_SECURITY_ENABLED=yes in its environment.")
        if rows:
            return _("Rules that the agent left out: %d. The others apply.", len(rows))
        return _("The agent refused the list: %s", clean_text(error.get("message"), 80))


def _version(rules):
    """Return a word that changes when the list does."""
    rows = [rule._for_agent() for rule in rules]
    return hashlib.sha256(json.dumps(rows, sort_keys=True).encode()).hexdigest()[:16]


def _bad_rows(error):
    """Return [(place, reason)] of the rows that were left out."""
    if not isinstance(error, dict) or error.get("code") != INVALID:
        return []
    data = error.get("data")
    rows = data.get("rows") if isinstance(data, dict) else None
    rows = rows if isinstance(rows, list) else []
    return [(one.get("row"), one.get("reason")) for one in rows if isinstance(one, dict)]
