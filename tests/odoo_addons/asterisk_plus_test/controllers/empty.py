"""Does nothing: what any answer of Odoo costs, and what the dialplan's questions are compared with (bench/lookup.py)."""
from odoo import http


class EmptyController(http.Controller):
    @http.route("/asterisk_plus_test/empty", type="http", auth="none", csrf=False, save_session=False)
    def empty(self, **_parameters):
        """Answer with nothing."""
        return ""
