"""What happens once, when the addon is installed. Nothing here may touch an account that is already there."""
from odoo import SUPERUSER_ID, api


def post_init_hook(cr, _registry):
    """Make the first server with its agent's account, and normalise the partners' numbers."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    env["asterisk_plus.server"]._create_first_server()
    env["res.partner"]._asterisk_fill_e164()
