"""What is always true of the room: of identity, of consent, of people's rights, of activity and segments."""

from mainstem.domains.customers import consent, rights
from mainstem.domains.customers.household.checks import CHECKS as HOUSEHOLDS
from mainstem.domains.customers.resolve.checks import CHECKS as IDENTITY
from mainstem.domains.customers.segments.checks import CHECKS as SEGMENTS
from mainstem.platform.checks import Check

CHECKS: tuple[Check, ...] = (*IDENTITY, *consent.CHECKS, *rights.CHECKS, *SEGMENTS, *HOUSEHOLDS)
