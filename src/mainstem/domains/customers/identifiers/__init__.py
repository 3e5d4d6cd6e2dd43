"""Identifiers and names, pure: their policy as data, and the one form in which values are compared."""

from mainstem.domains.customers.identifiers.likeness import NameLikeness, alike, compare_names
from mainstem.domains.customers.identifiers.names import Name, full_name, name_keys, read_name
from mainstem.domains.customers.identifiers.normalising import DEFAULT_REGION, VALUE_LENGTH_MAX, normalise
from mainstem.domains.customers.identifiers.placeholders import is_placeholder
from mainstem.domains.customers.identifiers.policy import (
    POLICIES,
    TYPES,
    VERIFICATION_MAX,
    HubLimits,
    IdentifierPolicy,
    Sharing,
)

__all__ = [
    "DEFAULT_REGION",
    "POLICIES",
    "TYPES",
    "VALUE_LENGTH_MAX",
    "VERIFICATION_MAX",
    "HubLimits",
    "IdentifierPolicy",
    "Name",
    "NameLikeness",
    "Sharing",
    "alike",
    "compare_names",
    "full_name",
    "is_placeholder",
    "name_keys",
    "normalise",
    "read_name",
]
