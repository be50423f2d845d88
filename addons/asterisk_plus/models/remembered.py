"""What each process of Odoo remembers (ormcache) because every question, event and click needs it, and how it is forgotten."""


def forget_remembered(env):
    """Forget it, here and, when this is committed, in all processes of Odoo."""
    registry = env.registry
    # Odoo 17 and later; before that one for all.
    (getattr(registry, "clear_cache", None) or registry.clear_caches)()
