"""Finds an Asterisk's phones, and makes PBX users and channels of those that a PBX admin chooses."""
import json

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ..lib import phones
from ..models.agent_client import agent_error
from ..models.wire import clean
from ..tools import dialplan

SOURCES = list(phones.ACTIONS)
THERE, PHONE, TRUNK, ODD = "there", "phone", "trunk", "odd"
KINDS = [(PHONE, "Phone"), (TRUNK, "Rather a trunk"), (THERE, "Set up already"), (ODD, "Its name can't be used")]


class AsteriskServer(models.Model):
    _inherit = "asterisk_plus.server"

    def action_find_phones(self):
        """Ask Asterisk for its phones, and open the page that waits for the answer. PBX admins only."""
        self.ensure_one()
        self._check_pbx_admin()
        is_setup = bool(self.env.context.get("asterisk_plus_setup"))
        search = self.env["asterisk_plus.phone_search"].create({"server_id": self.id, "is_setup": is_setup})
        search._ask(SOURCES[0])
        return search._page()

    @api.model
    def phones_response(self, result, pass_back):
        """Take one of Asterisk's lists, and ask for the next. Only the agent of the search's server may tell it."""
        server = self._agent_server()
        number, source = (pass_back.get(name) for name in ("search_id", "source")) if isinstance(pass_back, dict) else (None, None)
        if not isinstance(number, int) or source not in SOURCES:
            return True
        search = server.env["asterisk_plus.phone_search"].browse(number).exists()
        if search.server_id == server and search.asked == source:
            # superuser as the agent's call is; made by whoever searches: nobody reads a wizard of somebody else.
            search.with_user(search.create_uid).sudo().with_context(lang=search.create_uid.lang)._answered(source, result)
        return True


class PhoneSearch(models.TransientModel):
    _name = "asterisk_plus.phone_search"
    _description = "Search for an Asterisk's phones"

    server_id = fields.Many2one("asterisk_plus.server", required=True, readonly=True, ondelete="cascade")
    is_setup = fields.Boolean(readonly=True, help="Opened by the assistant that sets up a server.")
    asked = fields.Char(readonly=True, help="The source that has not answered yet; empty: all have.")
    picked = fields.Text(groups=".", help="JSON: what was of use in the answers so far.")
    failure = fields.Char(readonly=True)
    made = fields.Char(readonly=True)
    waiting = fields.Char(compute="_compute_waiting")
    line_ids = fields.One2many("asterisk_plus.found_phone", "search_id")

    @api.depends("asked")
    def _compute_waiting(self):
        for search in self:
            search.waiting = _("Asterisk is asked for its phones.") if search.asked else ""

    @api.model
    def wait_over(self, search_id, _server_id):
        """Return the action that shows the answer, False while it is waited for."""
        search = self.browse(search_id).exists()
        return search._page() if search and not search.asked else False

    def action_again(self):
        """Ask again."""
        self.ensure_one()
        return self.server_id.with_context(asterisk_plus_setup=self.is_setup).action_find_phones()

    def action_done(self):
        """Open the assistant's last page."""
        self.ensure_one()
        return self.env["asterisk_plus.setup"]._page(self.server_id, "done")

    def action_create_chosen(self):
        """Make PBX users and channels of what was chosen, and show what is left."""
        self.ensure_one()
        self.server_id._check_pbx_admin()
        before = self.env["asterisk_plus.user"].search_count([("server_id", "=", self.server_id.id)])
        chosen = self.line_ids.filtered(lambda line: line.is_chosen and line.kind in (PHONE, TRUNK))
        for line in chosen:
            line._create_channel()
        after = self.env["asterisk_plus.user"].search_count([("server_id", "=", self.server_id.id)])
        self.made = _("New PBX users: %(users)d, new channels: %(channels)d.", users=after - before, channels=len(chosen))
        return self._page()

    def _page(self):
        return {
            "type": "ir.actions.act_window",
            "name": _("Phones of %s", self.server_id.name),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    def _ask(self, source):
        self.asked = source
        self.server_id._agent_send(
            "asterisk.manager_action",
            [{"Action": phones.ACTIONS[source]}],
            callback=("asterisk_plus.server", "phones_response"),
            pass_back={"search_id": self.id, "source": source},
            on_error=(self._name, "_not_asked"),
        )

    @api.model
    def _not_asked(self, reason, pass_back):
        """The request was not handed to the agent."""
        self.browse(pass_back["search_id"]).exists().write({"asked": False, "failure": reason})
        self.flush()

    def _answered(self, source, result):
        """Take one list; after the last one propose what to make of all."""
        if isinstance(result, dict):
            return self.write({"asked": False, "failure": self.server_id._agent_error_text(agent_error(result.get("error")))})
        picked = json.loads(self.picked or "{}")
        picked[source] = phones.pick(source, clean(result))
        self.picked = json.dumps(picked)
        following = phones.following(source, picked)
        if following:
            return self._ask(following)
        found = phones.phones(picked)
        matcher = _Matcher(self.server_id)
        self.env["asterisk_plus.found_phone"].create([dict(matcher.proposal(one), search_id=self.id) for one in found])
        failure = False if found else _("Asterisk told of no phone. Its AMI account needs write=reporting (manager.conf).")
        return self.write({"asked": False, "failure": failure})


class FoundPhone(models.TransientModel):
    _name = "asterisk_plus.found_phone"
    _description = "Phone that Asterisk has"

    search_id = fields.Many2one("asterisk_plus.phone_search", required=True, ondelete="cascade")
    server_id = fields.Many2one(related="search_id.server_id")
    is_chosen = fields.Boolean(string="Create")
    channel = fields.Char(readonly=True)
    kind = fields.Selection(KINDS, readonly=True)
    device_state = fields.Char(string="State", readonly=True, help="In Asterisk's words.")
    exten = fields.Char(string="Extension")
    name = fields.Char()
    user_id = fields.Many2one("res.users", string="Odoo user", domain=[("share", "=", False)])
    pbx_user_id = fields.Many2one("asterisk_plus.user", string="One more phone of", domain="[('server_id', '=', server_id)]")

    def _create_channel(self):
        """Make the channel, with the rights of who asks; and its PBX user, unless there is one of this user or extension."""
        self.ensure_one()
        server, pbx_users = self.server_id, self.env["asterisk_plus.user"]
        owner = self.pbx_user_id
        for field, value in (("user_id", self.user_id.id), ("exten", self.exten)):
            if not owner and value:
                owner = pbx_users.search([("server_id", "=", server.id), (field, "=", value)], limit=1)
        if owner and owner.server_id != server:
            raise ValidationError(_("%s is a PBX user of another server.", owner.name))
        if not owner:
            values = {"exten": self.exten, "user_id": self.user_id.id, "server_id": server.id}
            owner = pbx_users.create(dict(values, name=self.name or self.user_id.name or self.exten or self.channel))
        self.env["asterisk_plus.user_channel"].create({"name": self.channel, "user_id": owner.id})
        self.write({"is_chosen": False, "kind": THERE, "pbx_user_id": owner.id})


class _Matcher:
    """Whose a phone may be: by what is set up already, the extension, the mailbox's address and name, the login."""

    def __init__(self, server):
        env = server.env
        pbx_users = env["asterisk_plus.user"].with_context(active_test=False).search([("server_id", "=", server.id)])
        self._owners = {one.name: one.user_id for one in pbx_users.channel_ids}
        self._by_exten = {one.exten: one for one in pbx_users if one.exten}
        self._by_user = {one.user_id: one for one in pbx_users if one.user_id}
        people = env["res.users"].search([("share", "=", False), ("company_ids", "in", server.company_id.ids)])
        self._people = {}
        for field in ("login", "email", "name"):
            for user in people:
                self._people.setdefault((field, (user[field] or "").strip().casefold()), []).append(user)

    def proposal(self, phone):
        """Return the values of the line of a phone."""
        owner = self._owners.get(phone.channel)
        user = owner.user_id if owner else self._user(phone)
        pbx_user = owner or self._by_exten.get(phone.exten) or self._by_user.get(user)
        is_good = dialplan.is_endpoint(phone.channel)
        kind = THERE if owner else ODD if not is_good else TRUNK if phone.is_trunk else PHONE
        exten = phone.exten if dialplan.is_number(phone.exten) else ""
        name = dialplan.caller_name(phone.name) or (user.name if user else "") or exten or phone.channel.partition("/")[2]
        return {
            "channel": phone.channel,
            "kind": kind,
            "is_chosen": kind == PHONE and bool(exten or pbx_user or user),
            "device_state": phone.state,
            "exten": exten,
            "name": pbx_user.name if pbx_user else name,
            "user_id": (pbx_user.user_id.id if pbx_user else user.id if user else False) or False,
            "pbx_user_id": pbx_user.id if pbx_user else False,
        }

    def _user(self, phone):
        """Return the only Odoo user whom the phone names, None for none or several."""
        name = phone.channel.partition("/")[2]
        told = [("login", phone.email), ("email", phone.email), ("login", name), ("login", phone.exten), ("name", phone.name)]
        for field, text in told:
            people = self._people.get((field, text.strip().casefold()), []) if text.strip() else []
            if len(people) == 1:
                return people[0]
        return None
