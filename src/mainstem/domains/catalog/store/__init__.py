"""All SQL that locks or writes the catalog."""
