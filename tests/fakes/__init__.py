"""Strict fakes: wrong logins are refused, contracts are checked, connections can be cut."""
