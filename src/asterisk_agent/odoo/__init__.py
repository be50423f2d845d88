"""What Odoo speaks: a JSON-RPC layer, a session that logs in again, every addon method we call.

``jsonrpc`` is the only door for foreign errors, ``faults`` tells Odoo's own apart, ``client`` keeps
the session, ``gateway`` names the methods. Nothing here knows Asterisk or any framework.
"""
