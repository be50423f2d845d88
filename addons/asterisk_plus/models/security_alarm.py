"""What a PBX admin should look at: an account under attack from many addresses, a login from a new network."""
from datetime import timedelta

from odoo import _, api, fields, models

from .wire import clean_text, to_datetime

KEEP_DAYS = 365
MAX_ADDRESSES = 20
MAX_TOLD = 50  # admins


class SecurityAlarm(models.Model):
    _name = "asterisk_plus.security_alarm"
    _description = "Security alarm of an Asterisk server"
    # mail.thread: Odoo makes who gets an activity a follower.
    _inherit = ["mail.thread", "mail.activity.mixin"]
    # 15.0 and 16.0 show an activity to those alone who may do this with its record; nobody may write alarms.
    _mail_post_access = "read"
    _order = "is_done, last desc, id desc"
    _rec_name = "account"

    server_id = fields.Many2one("asterisk_plus.server", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="server_id.company_id", store=True)
    kind = fields.Selection(
        [("account_attacked", "Account under attack from many addresses"), ("new_network", "First login from a new network")],
        required=True,
        readonly=True,
    )
    account = fields.Char(readonly=True)
    addresses = fields.Text(readonly=True)
    first = fields.Datetime(readonly=True)
    last = fields.Datetime(readonly=True)
    count = fields.Integer(string="Times", readonly=True, default=1)
    is_done = fields.Boolean(string="Looked at", readonly=True)

    @api.model
    def _take(self, server, told):
        """Take an alarm. One that nobody has looked at yet grows, and nobody is told of it twice."""
        kind, account = told["kind"], clean_text(told.get("account"), 80)
        at = to_datetime(told.get("at")) or fields.Datetime.now()
        addresses = [clean_text(one, 60) for one in told["addresses"][:MAX_ADDRESSES]]
        if kind == "new_network" and not server.is_new_network_told:
            return
        open_one = self.search(
            [("server_id", "=", server.id), ("kind", "=", kind), ("account", "=", account), ("is_done", "=", False)], limit=1
        )
        if open_one:
            known = (open_one.addresses or "").split("\n")
            all_of_them = list(dict.fromkeys(known + addresses))[-MAX_ADDRESSES:]
            open_one.write({"addresses": "\n".join(all_of_them), "last": at, "count": open_one.count + 1})
            return
        values = {"server_id": server.id, "kind": kind, "account": account, "addresses": "\n".join(addresses)}
        self.create(dict(values, first=at, last=at))._tell_admins()

    def _tell_admins(self):
        """Give each PBX admin of the company a notice now and an activity for later."""
        self.ensure_one()
        text = self._summary()
        for admin in self._admins():
            self.server_id._notify(admin, self.server_id.name, text, is_sticky=True)
            # A summary is a text; the account in it is a stranger's.
            quietly = self.with_context(mail_activity_quick_update=True)  # no e-mail: a stranger decides how many
            quietly.activity_schedule("mail.mail_activity_data_warning", summary=text, user_id=admin.id)

    def _admins(self):
        group = self.env.ref("asterisk_plus.group_admin")
        company = self.server_id.company_id
        people = [("groups_id", "in", group.ids), ("share", "=", False), ("company_ids", "in", company.ids)]
        return self.env["res.users"].search(people, limit=MAX_TOLD)

    def _summary(self):
        addresses = (self.addresses or "").split("\n")
        if self.kind == "account_attacked":
            return _("Account %(account)s is under attack from %(count)d addresses", account=self.account, count=len(addresses))
        return _("Account %(account)s logged in from a new network: %(address)s", account=self.account, address=addresses[0])

    def action_done(self):
        """Say that somebody has looked at it: for all admins."""
        self.env["asterisk_plus.server"].check_access_rights("write")
        self.check_access_rule("read")
        # sudo: nobody writes alarms but by this button; the activities are other admins'.
        alarms = self.sudo()
        alarms.activity_unlink(["mail.mail_activity_data_warning"])
        alarms.write({"is_done": True})

    @api.autovacuum
    def _delete_old(self):
        self.search([("last", "<", fields.Datetime.now() - timedelta(days=KEEP_DAYS))]).unlink()


class AsteriskServer(models.Model):
    _inherit = "asterisk_plus.server"

    is_new_network_told = fields.Boolean(
        string="Tell of logins from new networks",
        default=True,
        help="When an account logs in from a network (IPv4 /24, IPv6 /48) that it did not come from in 90 days. "
        "Switch off where telephones are on the road.",
    )
