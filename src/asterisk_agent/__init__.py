"""The Agent between Asterisk and Odoo."""

__version__ = "0.1.0"
