"""All SQL of the room that only reads."""
