"""What happens once, when the addon is installed. Nothing here may touch an account that is already there."""
from odoo import SUPERUSER_ID, api


def post_init_hook(cr_or_env, _registry=None):
    """Make the first server with its agent's account, and normalise the partners' numbers."""
    # Odoo gives an environment from 17.0 on, before that a cursor and a registry.
    # superuser: Odoo itself installs, and gives a bare cursor before 17.0.
    env = cr_or_env if isinstance(cr_or_env, api.Environment) else api.Environment(cr_or_env, SUPERUSER_ID, {})
    env["asterisk_plus.server"]._create_first_server()
    # In the transaction of the installation: it fails as a whole or not at all. Of a large database the rest is read by
    # the scheduled job, for a worker's time is limited.
    env["res.partner"]._asterisk_fill_e164()
