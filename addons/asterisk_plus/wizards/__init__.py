from . import agent_password, partner_merge
