"""Identity: what sources say of people, and who belongs together."""
