"""What happens once, when the addon is installed, and when it goes. Nothing here may touch an account that is already there."""
from psycopg2 import sql

from odoo import SUPERUSER_ID, api

OWN_TABLES = "select oid::regclass::text from pg_class where relkind = 'r' and relname like 'asterisk\\_plus%'"
# Foreign keys of our tables, and to them.
OWN_KEYS = """
    select conrelid::regclass::text, conname from pg_constraint
    where contype = 'f' and (conrelid::regclass::text like 'asterisk\\_plus%' or confrelid::regclass::text like 'asterisk\\_plus%')
"""


def post_init_hook(cr_or_env, _registry=None):
    """Make the first server with its agent's account, and normalise the partners' numbers."""
    # Odoo gives an environment from 17.0 on, before that a cursor and a registry.
    # superuser: Odoo itself installs, and gives a bare cursor before 17.0.
    env = cr_or_env if isinstance(cr_or_env, api.Environment) else api.Environment(cr_or_env, SUPERUSER_ID, {})
    env["asterisk_plus.server"]._create_first_server()
    # In the transaction of the installation: it fails as a whole or not at all. Of a large database the rest is read by
    # the scheduled job, for a worker's time is limited.
    env["res.partner"]._asterisk_fill_e164()


def uninstall_hook(cr_or_env, _registry=None):
    """Empty our tables, and let the recordings go. Odoo removes record by record what the installation made, the agent's
    account before the server and that before its calls, and leaves what others still point to; the tables themselves it
    drops right after.
    """
    # superuser: Odoo itself uninstalls, and gives a bare cursor before 17.0.
    env = cr_or_env if isinstance(cr_or_env, api.Environment) else api.Environment(cr_or_env, SUPERUSER_ID, {})
    cr = env.cr
    cr.execute(OWN_KEYS)
    for table, name in cr.fetchall():
        cr.execute(sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(sql.Identifier(table), sql.Identifier(name)))
    # Odoo searches those of fields only when asked for them (ir_attachment.py: _search).
    ours = [("res_model", "=like", "asterisk_plus.%"), "|", ("res_field", "=", False), ("res_field", "!=", False)]
    env["ir.attachment"].search(ours).unlink()
    cr.execute(OWN_TABLES)
    for (table,) in cr.fetchall():
        cr.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(table)))
