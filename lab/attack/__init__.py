"""Real attackers against a real Asterisk and the real agent, each measured against its bar."""
