from . import agent_enrolment, agent_password, ban_now, health, parked_events, partner_merge, phone_search, setup, transfer
