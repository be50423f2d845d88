"""Who may do what with every model, and who gets which answer of every route. Plain Python: the checkout's unit tests read it too.

A model or route that is not listed here fails tests/unit/lib/test_rights_are_listed.py and test_rights.py.
"""

# r(ead) w(rite) c(reate) d(elete), for: PBX admin, PBX user, agent's account. Nobody else may do anything: an ordinary user, portal,
# public. What of a model they see is the record rules' matter: `Rows` below.
NOBODY = ("", "", "")
MODELS = {
    "asterisk_plus.access_ban": ("r", "", ""),
    "asterisk_plus.access_list": ("rwcd", "", ""),
    "asterisk_plus.agent_enrolment": ("rwc", "", ""),
    "asterisk_plus.agent_password": ("rwc", "", ""),
    "asterisk_plus.ban_now": ("rwc", "", ""),
    "asterisk_plus.call": ("rd", "r", "r"),
    "asterisk_plus.call_event": ("rd", "r", "r"),
    "asterisk_plus.call_participation": ("rd", "r", "r"),
    "asterisk_plus.channel": ("rd", "r", "r"),
    "asterisk_plus.conf": ("rwcd", "", ""),
    "asterisk_plus.conf_version": ("r", "", ""),
    "asterisk_plus.dashboard": ("r", "r", ""),
    "asterisk_plus.delivery": ("r", "", ""),
    "asterisk_plus.enrolment": NOBODY,
    "asterisk_plus.found_phone": ("rwcd", "", ""),
    "asterisk_plus.health": ("rwcd", "", ""),
    "asterisk_plus.health_line": ("rwcd", "", ""),
    "asterisk_plus.tag": ("rwcd", "r", ""),
    "asterisk_plus.transfer": ("rwc", "rwc", ""),
    "asterisk_plus.event": ("rwcd", "", ""),
    "asterisk_plus.new_partner": NOBODY,
    "asterisk_plus.parked_event": ("rwcd", "", ""),
    "asterisk_plus.parked_events": ("rwcd", "", ""),
    "asterisk_plus.phone_search": ("rwcd", "", ""),
    "asterisk_plus.recording": ("rwd", "r", ""),
    "asterisk_plus.security_alarm": ("rd", "", ""),
    "asterisk_plus.security_attempt": ("r", "", ""),
    "asterisk_plus.server": ("rwcd", "", "r"),
    "asterisk_plus.server_secret": NOBODY,
    "asterisk_plus.settings": ("rwc", "", ""),
    "asterisk_plus.setup": ("rwc", "", ""),
    "asterisk_plus.user": ("rwcd", "r", "r"),
    "asterisk_plus.user_channel": ("rwcd", "r", "r"),
}

# Global record rules ("own companies") that a model with records of a company must have; the others have no company of their own.
WITHOUT_COMPANY = {
    "asterisk_plus.agent_enrolment",  # transient: Odoo shows one's own only
    "asterisk_plus.agent_password",
    "asterisk_plus.ban_now",
    "asterisk_plus.dashboard",  # periods only, for all
    "asterisk_plus.enrolment",  # nobody's
    "asterisk_plus.event",  # one map for all
    "asterisk_plus.found_phone",  # transient
    "asterisk_plus.health",
    "asterisk_plus.health_line",
    "asterisk_plus.tag",  # names only, for all
    "asterisk_plus.transfer",
    "asterisk_plus.new_partner",  # nobody's
    "asterisk_plus.parked_event",  # transient
    "asterisk_plus.parked_events",
    "asterisk_plus.phone_search",
    "asterisk_plus.server_secret",  # nobody's
    "asterisk_plus.setup",  # transient
    "asterisk_plus.settings",  # one for the database
}

# Status of a plain GET: of a visitor without a session, and of somebody logged in, whoever it is. REFUSED: any that gives nothing (the
# login page's address, 403, 404, 405). 403: the tests' address is taken off the permitted ones first. No recording has that id.
REFUSED = range(300, 500)
ROUTES = {
    "/asterisk_plus/enrol": ([405], [405]),
    "/asterisk_plus/get_caller_name": ([403], [403]),
    "/asterisk_plus/get_caller_tags": ([403], [403]),
    "/asterisk_plus/get_partner_manager": ([403], [403]),
    "/asterisk_plus/get_recording": ([403], [403]),
    "/asterisk_plus/recording/<int:recording_id>/audio": (REFUSED, REFUSED),
    "/asterisk_plus/recording/data": (REFUSED, REFUSED),
}
