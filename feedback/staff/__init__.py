"""Staff members: accounts, roles per site, sessions, passwords and profiles."""
