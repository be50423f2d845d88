"""Chaos: real calls, while what carries them is stopped, killed, paused, cut off and slowed down.

`schedule` says what is done when, `hands` do it, `traffic` calls, `truth` is what the phones saw,
`verdict` compares it with Odoo's calls, `runner` puts it together (docs/how-to/chaos.md).
"""
