"""Recordings that Asterisk leaves on disk: found, brought into Odoo, and only then removed.

``folder`` is the only door to the files, ``mailboxes`` reads voicemail, ``audio`` tells what is
in a file, ``notes`` keeps what Asterisk said of it, ``upload`` brings one over, ``collector``
decides what is next.
"""
