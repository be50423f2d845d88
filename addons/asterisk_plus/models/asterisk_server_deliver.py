"""deliver(): the agent's events, in order, once each, in one transaction (docs/reference/agent-odoo.md, deliver)."""
import re

from odoo import _, api, models
from odoo.exceptions import UserError

from .asterisk_event import event_handler
from .delivery_run import DeliveryRun, Handler, Item

BOOT = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z")


class AsteriskServer(models.Model):
    _inherit = "asterisk_plus.server"

    @api.model
    def deliver(self, batch):
        """Apply the items of `batch` that have not been applied, and tell what became of each."""
        server = self._agent_server()
        items, settled = self._read_batch(batch)
        boots = sorted(set(settled) | {item.boot for item in items})
        deliveries = server.env["asterisk_plus.delivery"]
        applied = deliveries._open(server, boots)
        for boot, seq in settled.items():
            applied[boot].settle(seq)
        # Our own handlers run with the server's rights (sudo, see _agent_server). A row of the map may name any method, and a
        # PBX admin writes the map: those run with what the agent's account may do, and decide for themselves.
        agent = self.env(su=False, context={})
        run = DeliveryRun(server, self._handlers(server, agent, items), applied)
        results = run.take(items)
        deliveries._keep(server, applied, boots)
        return {"results": results}

    @api.model
    def _read_batch(self, batch):
        """Return the items and what is settled. Raise UserError when the batch is not as the contract says."""
        try:
            items = [Item.of(one) for one in batch["items"]]
            settled = {boot: seq for boot, seq in batch["settled"].items() if isinstance(seq, int)}
            if not all(BOOT.match(boot) for boot in [*settled, *(item.boot for item in items)]):
                raise ValueError("boot")
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise UserError(_("This is no delivery: %s", error)) from error
        return items, settled

    @api.model
    def _handlers(self, server, agent, items):
        """Return {row id: Handler} of the items' rows that are in the map and enabled."""
        # Row 0 is built in: the list of live channels.
        handlers = {0: Handler(("asterisk_plus.call", "_reconcile"), batch=self._bound(server, "_reconcile"))}
        wanted = {item.row for item in items} - {0}
        for row, model, method in server.env["asterisk_plus.event"]._enabled(wanted):
            # A batch method is declared in code, never in the map, so it is trusted with the server's rights.
            together = getattr(type(agent.get(model)), "_asterisk_batch_methods", {}).get(method)
            if together:
                handlers[row] = Handler((model, method), batch=self._bound(server, together, model))
            else:
                handlers[row] = Handler((model, method), one=event_handler(agent, model, method))
        return handlers

    @api.model
    def _bound(self, server, method, model="asterisk_plus.call"):
        bound = getattr(server.env[model], method)
        return lambda events: bound(server, events)
