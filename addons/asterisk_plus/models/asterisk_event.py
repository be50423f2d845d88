"""The events map: which AMI event goes to which method. The agent downloads it, and reports the rows that it can't use."""
import ast
import json
import re

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ..lib.events import WANTED_EVENTS

EVENT_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}\Z")
METHOD_NAME = re.compile(r"[a-z][a-z0-9_]{0,79}\Z")
MAX_CONDITION = 1000
MAX_DELAY = 3600.0
OUR_MODEL, OUR_METHOD = "asterisk_plus.call", "on_ami_event"
SEEN_BY_AGENT = {"source", "name", "model", "method", "delay", "keep_order", "condition", "is_enabled"}


def event_handler(env, model, method):
    """Return a function that gives one event to a row's method, in the environment `env`."""

    def handle(event):
        # The row was checked when it was written; since then the module that brought the method may have gone.
        if model not in env:
            raise LookupError("no model %s" % model)
        if not METHOD_NAME.match(method) or hasattr(models.BaseModel, method):
            raise LookupError("%s is no method of events" % method)
        getattr(env[model], method)(event)

    return handle


class AsteriskEvent(models.Model):
    _name = "asterisk_plus.event"
    _description = "Row of the events map"
    _order = "name, id"

    source = fields.Selection([("AMI", "AMI")], required=True, default="AMI")
    name = fields.Char(string="Event", required=True, help="As Asterisk spells it, for example Hangup.")
    model = fields.Char(required=True, help="For example res.partner")
    method = fields.Char(
        required=True,
        help="Is called as method(event), with the rights of the agent's account. event is a dict of AMI headers.",
    )
    delay = fields.Float(digits=(8, 3), help="Seconds to wait before the event is delivered.")
    keep_order = fields.Boolean(
        default=True,
        help="A delayed event holds back the later ones of its call. Switch off to let them pass.",
    )
    condition = fields.Char(help='A Python expression on event, for example event["Cause"] == "17". Empty: always.')
    is_enabled = fields.Boolean(string="Enabled", default=True)
    is_builtin = fields.Boolean(readonly=True, copy=False, help="A row of this addon: an upgrade brings it up to date.")
    error = fields.Char(compute="_compute_error", help="What the agents say is wrong with this row.")

    def _compute_error(self):
        found = {}
        # sudo: an agent's report is kept on its server, in a field that nobody reads directly.
        for server in self.env["asterisk_plus.server"].sudo().search([("event_errors", "!=", False)]):
            for row, error in json.loads(server.event_errors).items():
                found.setdefault(int(row), []).append("%s: %s" % (server.name, error))
        for row in self:
            row.error = "; ".join(found.get(row.id, ())) or False

    @api.constrains("name", "delay")
    def _check_name(self):
        for row in self:
            if not EVENT_NAME.match(row.name):
                raise ValidationError(_("%r is no name of an AMI event.", row.name))
            if not 0 <= row.delay <= MAX_DELAY:
                raise ValidationError(_("The delay must be between 0 and %d seconds.", MAX_DELAY))

    @api.constrains("model", "method")
    def _check_method(self):
        """Refuse what can't be called, and the methods that every model has (unlink, write, ...): none of them takes an event."""
        for row in self:
            if row.model not in self.env:
                raise ValidationError(_("There is no model %r.", row.model))
            if not METHOD_NAME.match(row.method) or hasattr(models.BaseModel, row.method):
                raise ValidationError(_("%r can't be the method of an event: give it a public one of your own.", row.method))
            if not callable(getattr(type(self.env[row.model]), row.method, None)):
                raise ValidationError(_("The model %(model)s has no method %(method)s.", model=row.model, method=row.method))

    @api.constrains("condition")
    def _check_condition(self):
        """Refuse what is no Python expression. It is only parsed here: the agent evaluates it, and reports what it refuses."""
        for row in self.filtered("condition"):
            if len(row.condition) > MAX_CONDITION:
                raise ValidationError(_("The condition is too long."))
            try:
                ast.parse(row.condition.strip(), mode="eval")
            except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                raise ValidationError(_("The condition of %(name)s is no expression: %(error)s", name=row.name, error=error)) from error

    @api.model_create_multi
    def create(self, vals_list):
        rows = super().create(vals_list)
        if rows:
            self._tell_agents()
        return rows

    def write(self, vals):
        done = super().write(vals)
        if SEEN_BY_AGENT & set(vals):
            self._tell_agents()
        return done

    def unlink(self):
        done = super().unlink()
        self._tell_agents()
        return done

    @api.model
    def _tell_agents(self):
        # sudo: the map is every server's, also of a company that this admin does not see.
        servers = self.env["asterisk_plus.server"].sudo().search([])  # pylint: disable=no-search-all
        servers._events_map_changed()

    def _for_agent(self):
        """Return the row as the agent reads it."""
        self.ensure_one()
        names = ("id", "source", "name", "model", "method", "delay", "keep_order")
        return dict({name: self[name] for name in names}, condition=(self.condition or "").strip())

    @api.model
    def _enabled(self, ids):
        """Return [(id, model, method)] of those of the rows that are in the map and enabled, in one query: each delivery asks."""
        if not ids:
            return []
        self.flush()
        self.env.cr.execute("SELECT id, model, method FROM asterisk_plus_event WHERE is_enabled AND id IN %s", [tuple(ids)])
        return self.env.cr.fetchall()

    @api.model
    def _sync_builtin_rows(self):
        """Bring the addon's own rows up to date with lib/events.py; a row that a person disabled stays so."""
        rows = {row.name: row for row in self.search([("is_builtin", "=", True)])}
        wanted = {one.name: one.condition for one in WANTED_EVENTS}
        common = {"model": OUR_MODEL, "method": OUR_METHOD, "is_builtin": True}
        self.create(
            [dict(common, name=name, condition=text) for name, text in wanted.items() if name not in rows]
        )
        for name, row in rows.items():
            if name not in wanted:
                row.is_enabled = False
            elif (row.condition or "") != wanted[name]:
                row.condition = wanted[name]
