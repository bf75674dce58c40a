"""Who may do what: roles, members, signing in."""
