"""Fill in what a person would: passwords, the server's form, two users with phones, a contact.

Odoo's shell reads it from its standard input; `env` is the shell's.
"""

# ruff: noqa: F821 (env)

import os
import ssl
import time

WAIT_S = 240
#: The containers' network: Asterisk's questions come from its gateway.
NETWORK = "172.172.0.0/16"
told = os.environ


def certificate():
    """Return the proxy's own certificate, once it has one for the agent."""
    deadline = time.monotonic() + WAIT_S
    while True:
        try:
            return ssl.get_server_certificate(("npm", 443))
        except OSError as exc:
            if time.monotonic() > deadline:
                raise RuntimeError("no certificate; cure: docker compose logs npm-setup") from exc
            time.sleep(1)


def person(env, name, login, exten):
    """Make a user with a phone."""
    names = ("base.group_user", "asterisk_plus.group_user")
    values = {"name": name, "login": login, "password": told["TRY_PASSWORD"]}
    values["groups_id"] = [(6, 0, [env.ref(group).id for group in names])]
    user = env["res.users"].with_context(no_reset_password=True).create(values)
    phone(env, user, name, exten)


def phone(env, user, name, exten):
    """Say who has which phone."""
    channel = {"name": f"PJSIP/{exten}"}
    values = {"name": name, "user_id": user.id, "exten": exten}
    env["asterisk_plus.user"].create(dict(values, channel_ids=[(0, 0, channel)]))


def fill(env):
    """Fill a new database."""
    country, admin = env.ref("base.be"), env.ref("base.user_admin")
    env.company.country_id = country
    admin.password = told["TRY_PASSWORD"]
    server = env.ref("asterisk_plus.server_1")
    url = f"https://{told['AGENT_ADDRESS']}/rpc/"
    server.write({"country_id": country.id, "agent_url": url, "agent_ca": certificate()})
    server.user_id.write({"login": told["ODOO_USER"], "password": told["ODOO_PASSWORD"]})
    settings = env["asterisk_plus.settings"].search([], limit=1)
    settings.permitted_addresses = f"{settings.permitted_addresses} {NETWORK}"
    phone(env, admin, "Alice", "101")
    person(env, "Bob", "bob", "102")
    acme = env["res.partner"].create({"name": "ACME", "is_company": True})
    jane = {"name": "Jane", "parent_id": acme.id, "phone": "0470 00 00 01", "user_id": admin.id}
    env["res.partner"].create(jane)
    env.cr.commit()


fill(env)
