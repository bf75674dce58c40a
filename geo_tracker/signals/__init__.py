"""Changes worth telling: what they are, their life, and who is told."""
