"""The record that a call is about: the one from which it was made, or one that a bridge finds by the number."""
from odoo import fields, models


class AsteriskCall(models.Model):
    _inherit = "asterisk_plus.call"

    # Of a record its calls are counted on its form.
    res_id = fields.Many2oneReference(index=True)

    def _calls_changed(self):
        """Let bridges find the record, before whom it concerns is told (asterisk_call_notes.py): the note goes there as well."""
        seeking = self.filtered(lambda one: one._is_seeking_record())
        if seeking:
            seeking._link_records()
        return super()._calls_changed()

    def _is_seeking_record(self):
        return not (self.res_id or self.is_told) and self.direction in ("in", "out") and bool(self.partner_number)

    def _link_records(self):
        """Hook: link those of these calls (with sudo; of one server) that are about a record, by `_link_record`."""

    def _link_record(self, record):
        self.write({"model": record._name, "res_id": record.id})
