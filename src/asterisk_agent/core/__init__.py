"""What every part of the agent shares: errors, settings, clock, backoff, redaction, logging.

Knows nothing of Asterisk's wire, of Odoo, of the broker or of any framework.
"""
