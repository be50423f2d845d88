"""Leads a PBX admin from the installation to phones that can be called by a click, one step a page."""
from odoo import _, api, fields, models

from ..models.agent_client import AgentError
from ..models.server_rpc import _is_success, _refusal
from ..models.wire import clean_text

SERVER, AGENT, TEST, DONE = "server", "agent", "test", "done"
STEPS = [(SERVER, "Server"), (AGENT, "Agent"), (TEST, "Test"), (DONE, "Done")]
TIMEOUT_S = 4


class AsteriskServer(models.Model):
    _inherit = "asterisk_plus.server"

    is_connected = fields.Boolean(compute="_compute_is_connected", help="Its agent has called, and Odoo knows where it is.")

    @api.depends("agent_boot", "agent_url")
    def _compute_is_connected(self):
        for server in self:
            server.is_connected = bool(server.agent_boot and server.agent_url)

    def action_setup(self):
        """Open the assistant at its first page. PBX admins only."""
        self.ensure_one()
        self._check_pbx_admin()
        return self.env["asterisk_plus.setup"]._page(self, SERVER)

    @api.model
    def _after_installation(self):
        """Return what Odoo opens when the addon has been installed: the server that waits for its agent, or nothing of ours."""
        server = self.env["asterisk_plus.server"]
        if self.env.user.has_group("asterisk_plus.group_admin"):
            server = server.search([("agent_boot", "=", False)], order="id", limit=1)
        place = "#id=%d&model=asterisk_plus.server&view_type=form" % server.id if server else ""
        # The page is loaded anew: it has none of our scripts yet.
        return {"type": "ir.actions.act_url", "url": "/web%s" % place, "target": "self"}


class Setup(models.TransientModel):
    _name = "asterisk_plus.setup"
    _inherit = "asterisk_plus.agent_enrolment"  # the code, which is never saved, and the command
    _description = "Set-up of a server"

    step = fields.Selection(STEPS, required=True, readonly=True)
    name = fields.Char(related="server_id.name", readonly=False)
    country_id = fields.Many2one(related="server_id.country_id", readonly=False)
    agent_url = fields.Char(related="server_id.agent_url", readonly=False)
    agent_tls_verify = fields.Boolean(related="server_id.agent_tls_verify", readonly=False)
    agent_ca = fields.Text(related="server_id.agent_ca", readonly=False)
    waiting = fields.Char(compute="_compute_waiting")
    is_agent_well = fields.Boolean(readonly=True)
    agent_words = fields.Char(readonly=True)
    is_asterisk_well = fields.Boolean(readonly=True)
    asterisk_words = fields.Char(readonly=True)

    @api.depends("step", "is_agent_well", "is_asterisk_well")
    def _compute_waiting(self):
        for setup in self:
            setup.waiting = ""
            if setup.step == AGENT:
                setup.waiting = _("Waiting for the agent. This page goes on by itself when it calls.")
            elif setup.step == TEST and not (setup.is_agent_well and setup.is_asterisk_well):
                setup.waiting = _("Trying again until both answer.")

    @api.model
    def wait_over(self, setup_id, server_id):
        """Return the action of the next page, or of this one with news; False while there is nothing new."""
        setup = self.browse(setup_id).exists()
        server = self.env["asterisk_plus.server"].browse(server_id).exists()
        if not server:
            return False
        server._check_pbx_admin()
        if not setup:  # the page of the code, which is not saved
            code = self.env["asterisk_plus.enrolment"]
            # sudo: nobody reads codes; whether it was used is all that comes of it.
            is_open = code.sudo().search_count([("server_id", "=", server.id), ("expires", ">", fields.Datetime.now())])
            return False if is_open or not server._agent_is_set_up() else self._test(server)
        before = (setup.is_agent_well, setup.agent_words, setup.is_asterisk_well, setup.asterisk_words)
        values = self._tested(server)
        told = tuple(values[name] for name in ("is_agent_well", "agent_words", "is_asterisk_well", "asterisk_words"))
        return False if told == before else self._page(server, TEST, values)

    # Buttons

    def action_to_agent(self):
        """Go on with the agent: with a one-time code, unless there is one already."""
        self.ensure_one()
        return self._test(self.server_id) if self.server_id.is_connected else self.action_code()

    def action_code(self):
        """Show a new one-time code, and wait for the agent that uses it."""
        self.ensure_one()
        code = self.server_id.action_new_enrolment()["context"]["default_code"]
        context = {"default_server_id": self.server_id.id, "default_step": AGENT, "default_code": code}
        view = self.env.ref("asterisk_plus.view_setup_code_form")
        return dict(self._action(self.server_id), views=[(view.id, "form")], context=context)

    def action_back(self):
        """Go back to the first page."""
        self.ensure_one()
        return self._page(self.server_id, SERVER)

    def action_test(self):
        """Ask the agent, and through it Asterisk, and show both answers."""
        self.ensure_one()
        return self._test(self.server_id)

    def action_find_phones(self):
        """Go on with the phones."""
        self.ensure_one()
        return self.server_id.with_context(asterisk_plus_setup=True).action_find_phones()

    # Pages

    @api.model
    def _test(self, server):
        server._check_pbx_admin()
        return self._page(server, TEST, self._tested(server))

    @api.model
    def _tested(self, server):
        """Return the values of the page that shows Test Ping and Asterisk Ping."""
        is_agent_well, agent_words = self._asked(server, "test.ping", [], lambda result: result is True)
        if not is_agent_well:
            is_asterisk_well, asterisk_words = False, _("Unknown without the agent.")
        else:
            is_asterisk_well, asterisk_words = self._asked(server, "asterisk.manager_action", [{"Action": "Ping"}], _is_success)
        return {
            "is_agent_well": is_agent_well,
            "agent_words": agent_words or _("The agent answers."),
            "is_asterisk_well": is_asterisk_well,
            "asterisk_words": asterisk_words or _("Asterisk answers."),
        }

    @api.model
    def _asked(self, server, method, args, is_good):
        try:
            result = server._agent_call(method, args, timeout_s=TIMEOUT_S)
        except AgentError as error:
            return False, server._agent_error_text(error)
        if is_good(result):
            return True, ""
        return False, clean_text(_refusal(result), 200) or _("The agent gave an answer that was not expected.")

    @api.model
    def _page(self, server, step, values=None):
        setup = self.create(dict(values or {}, server_id=server.id, step=step))
        return dict(self._action(server), res_id=setup.id)

    @api.model
    def _action(self, server):
        return {
            "type": "ir.actions.act_window",
            "name": _("Set up %s", server.name),
            "res_model": "asterisk_plus.setup",
            "view_mode": "form",
            "views": [(self.env.ref("asterisk_plus.view_setup_form").id, "form")],
            "target": "new",
        }
