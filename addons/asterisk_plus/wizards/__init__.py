from . import agent_password, health, parked_events, partner_merge, transfer
