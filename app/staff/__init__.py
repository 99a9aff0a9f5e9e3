"""Staff accounts, roles, invitations and sessions."""
