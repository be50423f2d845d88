"""Plain Python of the addon: the truth of a call, and phone numbers. Knows nothing of Odoo, nor of the agent."""
