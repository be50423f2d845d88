"""Quotations and sales orders: calls from them."""
from odoo import models


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "asterisk_plus.record_calls"]
