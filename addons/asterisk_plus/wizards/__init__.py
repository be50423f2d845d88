from . import agent_password, parked_events, partner_merge
