"""One folder a foreign system: translate its words into commands."""
