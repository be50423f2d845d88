"""Installation on a database that already has partners: their E.164 numbers are filled in batches."""
import logging

from odoo import SUPERUSER_ID, api

_logger = logging.getLogger(__name__)

BATCH = 1000


def pre_init_hook(cr_or_env):
    """Make the columns before the ORM does, so that it does not compute them for all partners in one go."""
    _environment(cr_or_env).cr.execute(
        "ALTER TABLE res_partner ADD COLUMN IF NOT EXISTS phone_e164 varchar, ADD COLUMN IF NOT EXISTS mobile_e164 varchar"
    )


def post_init_hook(cr_or_env, registry=None):
    """Fill the partners' E.164 numbers, a batch at a time, with progress in the log."""
    env = _environment(cr_or_env)
    partners = env["res.partner"].with_context(active_test=False)
    domain = ["|", ("phone", "!=", False), ("mobile", "!=", False)]
    ids = partners.search(domain, order="id").ids
    for start in range(0, len(ids), BATCH):
        partners.browse(ids[start : start + BATCH])._asterisk_plus_store_e164()
        _logger.info("Phone numbers of %s of %s partners brought to E.164", min(start + BATCH, len(ids)), len(ids))


def _environment(cr_or_env):
    """Return an environment: Odoo hands a cursor to hooks up to 16.0, an environment from 17.0 on."""
    if isinstance(cr_or_env, api.Environment):
        return cr_or_env
    return api.Environment(cr_or_env, SUPERUSER_ID, {})
