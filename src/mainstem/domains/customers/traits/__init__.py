"""Traits: what is known of a customer, by declaration. The room's door names what others may use."""
