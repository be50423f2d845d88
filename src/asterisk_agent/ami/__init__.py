"""Asterisk's manager interface.

From the wire upwards: ``message`` (values), ``block`` and ``protocol`` (bytes in, messages out),
``encode`` (actions as bytes), ``transport`` and ``memory`` (streams), ``pending`` (which answer
belongs to which action), ``session`` (one connection), ``login``, ``client`` (connects, and comes
back), ``state`` (what one can know of it). Beside them ``policy``: what Odoo may order.
"""
