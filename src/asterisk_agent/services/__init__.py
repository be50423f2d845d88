"""The Nameko services and their extensions: the only package that knows the framework.

A service is a class of a few lines; what it does is in ``calls``, ``rpc``, ``ami`` and ``odoo``,
and how it is fed in the extensions beside it. ``runner`` starts them, ``runtime`` wires the parts.
Importing this package needs nothing of the framework: ``green.patch()`` must come first.
"""
