"""What the tests need that each series of Odoo calls otherwise."""
import contextlib
import json
import unittest
from contextlib import closing
from unittest.mock import patch

import requests
from passlib.context import CryptContext

from odoo import api, http, release
from odoo.modules import registry
from odoo.service import model as service
from odoo.sql_db import db_connect
from odoo.tests import common

SERIES = release.version_info[0]
# The kinds of messages that we send.
OURS = ("asterisk_plus.", "simple_notification")


# As it is while no test runs.
_send = requests.Session.send


class OwnRequests:
    """For cases with a fake agent: Odoo 18's own guard of requests can't read our time-outs (tests/common.py)."""

    @classmethod
    def _request_handler(cls, session, prepared, **options):
        return _send(session, prepared, **options)


def quick_passwords(case):
    """Let the users of a case's class have passwords of one round, as Odoo 18 does itself: in 16 and 17 each takes half a second."""
    context = CryptContext(["pbkdf2_sha512", "plaintext"], deprecated=["auto"], pbkdf2_sha512__rounds=1)
    quick = patch.object(case.registry["res.users"], "_crypt_context", lambda self: context)
    quick.start()
    case.addClassCleanup(quick.stop)


def told(env, user):
    """Return our messages in a user's own channel of the bus, oldest first, each a dict with its kind as `type`.

    From 19.0 on mail tells each new user there of the channel of all (discuss.channel).
    """
    if SERIES >= 18:
        env.cr.precommit.run()  # there they are written when the transaction ends (bus.py: _ensure_hooks)
    channel = json.dumps([env.cr.dbname, "res.partner", user.partner_id.id], separators=(",", ":"))
    rows = env["bus.bus"].search([("channel", "=", channel)], order="id")
    messages = [_flat(json.loads(one.message)) for one in rows]
    return [one for one in messages if str(one.get("type")).startswith(OURS)]


def polled(env, channels):
    """Return what a browser gets that listens to the channels."""
    if SERIES >= 18:
        env.cr.precommit.run()
    poll = env["bus.bus"].poll if SERIES < 15 else env["bus.bus"]._poll
    return [_flat(one["message"]) for one in poll(channels)]


def _flat(message):
    if SERIES < 15:
        return message
    payload = message["payload"]
    if SERIES >= 17 and message["type"] == "simple_notification":
        payload = dict(payload, warning=payload["type"] == "warning")
    return dict(payload, type=message["type"])


def check_password(user, password):
    """Check it as a login by the agent does. Raise AccessDenied."""
    credential = {"login": user.login, "password": password, "type": "password"} if SERIES >= 18 else password
    user.with_user(user)._check_credentials(credential, {"interactive": False})


def environments():
    """Return the context in which a thread of its own may make environments."""
    manage = getattr(api.Environment, "manage", None)
    return manage() if manage else contextlib.nullcontext()


def free_registry():
    """Return the context in which a thread gets the registry while the tests run.

    From Odoo 18 on their thread holds the lock of all registries (service/server.py, run): another one would wait for its end.
    """
    if SERIES < 18:
        return contextlib.nullcontext()
    return patch.object(registry.Registry, "_lock", registry.DummyRLock())


def request(database, uid, function):
    """Run function(env) in a thread as a request: committed, and again after a serialization failure (service/model.py)."""
    if SERIES >= 16:
        with free_registry(), closing(db_connect(database).cursor()) as cr:
            env = api.Environment(cr, uid, {})
            service.retrying(lambda: function(env), env)
        return

    @service.check
    def once(_database):
        with db_connect(database).cursor() as cr:
            function(api.Environment(cr, uid, {}))

    with environments():
        once(database)


def enter_test_mode(case):
    """Let cursors that the code under test opens see the case's transaction, and end with it."""
    if SERIES >= 19:
        case.registry_enter_test_mode()
    else:
        case.registry.enter_test_mode(case.cr)
        case.addCleanup(case.registry.leave_test_mode)


def others_turn():
    """Return the context in which threads get cursors of the case's transaction: from 19.0 on its own thread keeps them."""
    release_lock = getattr(common, "release_test_lock", None)
    return release_lock() if release_lock else contextlib.nullcontext()


def error_code(code):
    """Return the code of JSON-RPC that an error has here: from 19.0 on an exception has none of its own (http.py)."""
    return 0 if SERIES >= 19 and code == 200 else code


def raises(case, *errors, msg=None):
    """Return assertRaises() of several errors: Odoo 17's own takes one alone."""
    return unittest.TestCase.assertRaises(case, errors, msg=msg)


def database_of_host(name, host):
    """Tell whether a database is one of a host, by the dbfilter."""
    if SERIES >= 16:
        return name in http.db_filter([name], host=host)
    request_of_host = type("Request", (), {"environ": {"HTTP_HOST": host}})
    return name in http.db_filter([name], httprequest=request_of_host)


# What a partner's name is kept as besides, in its table.
FULL_NAME = "display_name" if SERIES < 17 else "complete_name"
# What Odoo calls the index of a table's column.
INDEX_NAME = "%s_%s_index" if SERIES < 17 else "%s__%s_index"
