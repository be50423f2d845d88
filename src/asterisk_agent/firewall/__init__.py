"""Who may not talk to Asterisk: from its security events to the kernel's sets, and nothing else.

``security_event`` reads facts, ``policy`` weighs them; ``banlist``, ``offences``, ``known_good``,
``access_rules`` and ``protected`` remember, ``store`` keeps that over restarts; ``ruleset`` and
``kernel_sets`` say what the kernel should hold, a backend makes it so; ``reactor`` joins them. No
thread and no framework in here; time is handed in. Why it is so: docs/explanation/security.md.
"""
