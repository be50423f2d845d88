from . import agent_password
