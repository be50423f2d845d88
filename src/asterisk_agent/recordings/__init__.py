"""Recordings that Asterisk leaves on disk: found, brought into Odoo, and only then removed.

``folder`` is the only door to the files, ``audio`` tells what is in one, ``notes`` keeps what
Asterisk said of them, ``upload`` brings one over, ``collector`` decides what is next.
"""
