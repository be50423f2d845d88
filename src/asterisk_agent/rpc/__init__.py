"""What Odoo may ask of the agent: who may ask, what may be asked, and how it is answered.

Denied until listed: ``auth`` admits addresses and the token, ``jsonrpc`` reads requests,
``functions`` is the list, ``jobs`` runs what Odoo does not wait for, ``endpoint`` ties them
together. Sockets and green threads are ``services``' affair. The contract:
docs/reference/agent-odoo.md, section 2.
"""
