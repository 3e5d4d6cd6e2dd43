"""Segments: what they are asked, what they answer, and why a condition is refused.

A condition is JSON. It is one of:

- `{"all": [...]}`, `{"any": [...]}`: every one, or at least one, of these conditions; `{"not": {...}}`.
- `{"trait": "spend_365d", "op": ">=", "value": 100000}`: compares a trait. `op` is `=`, `!=`, `<`, `<=`, `>`, `>=`,
  `in` (with a list), `known` or `unknown` (without a value). A trait that is a map names its `key`.
- `{"tag": "vip"}`: a tag of the library, or one that people attach.
- `{"bought": {"category": "Dairy", "channel": "web", "node": "N1"}, "days": 90, "op": ">=", "value": 2}`: so many
  purchases within the last days that had something of the category (or below it), in that channel, at that node; each
  is optional.
- `{"consent": "marketing", "channel": "sms"}`: the customer may be used for that purpose over that channel.

What is unknown satisfies no comparison. Amounts are in minor units, days are `2026-01-31`, percentages whole numbers.
"""

from datetime import datetime
from typing import Any

import msgspec

from mainstem.kernel.refusals import Kind, declare

DEPTH_MAX = 8
LEAVES_MAX = 100
"""Comparisons of one condition; those of the tags that it names count too."""

SEGMENTS_MAX = 500
"""Segments of one installation: each is looked at for each customer who does something."""

NAME_LENGTH_MAX = 100
DESCRIPTION_LENGTH_MAX = 1_000
OVERLAP_MAX = 10
"""Segments that are compared at once."""

Expected = int | msgspec.UnsetType


class SaveSegment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Make a segment, or with `segment` change it. `revision` is the one that whoever changes it has seen."""

    name: str
    condition: dict[str, Any]
    description: str = ""
    segment: int | None = None
    revision: Expected = msgspec.UNSET


class RemoveSegment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """End a segment: it has no members any more, and is not listed."""

    segment: int
    revision: Expected = msgspec.UNSET


class SegmentSaved(msgspec.Struct, frozen=True):
    """The segment and its revision now."""

    id: int
    revision: int


class Segment(msgspec.Struct, frozen=True):
    """A segment as it is; `filling` while its members do not fit its condition yet."""

    id: int
    name: str
    description: str
    condition: dict[str, Any]
    revision: int
    members: int
    filling: bool
    updated_at: datetime


class Member(msgspec.Struct, frozen=True, gc=False):
    """A customer in a segment, and since when."""

    customer: int
    entered_at: datetime


class Count(msgspec.Struct, frozen=True):
    """How many customers fit a condition.

    `exact`: they were counted; otherwise estimated from a sample, and 19 times of 20 off by at most `error`.
    """

    customers: int
    population: int
    exact: bool
    error: int = 0


class Overlap(msgspec.Struct, frozen=True):
    """How many customers are in both segments; with a segment itself, its members."""

    segment: int
    other: int
    customers: int


class SegmentChangedEvent(msgspec.Struct, frozen=True):
    """`customers.segment_saved` and `customers.segment_removed`; the subject is the segment."""

    revision: int


class SegmentFilledEvent(msgspec.Struct, frozen=True):
    """`customers.segment_filled`: the members fit the condition of this revision; the subject is the segment."""

    revision: int
    members: int


class MembershipEvent(msgspec.Struct, frozen=True):
    """`customers.segment_entered` and `customers.segment_left`; the subject is the customer."""

    segment: int
    customer: int


CONDITION_MALFORMED = declare(
    "condition_malformed",
    Kind.INVALID,
    "This is no condition: {detail}.",
    "Use one of all, any, not, trait, tag, bought, consent, as the documentation of segments shows.",
)
CONDITION_TOO_LARGE = declare(
    "condition_too_large",
    Kind.TOO_LARGE,
    "The condition has {size} {what}; the limit is {limit}.",
    "Make two segments of it, or a simpler one.",
)
UNKNOWN_TRAIT = declare(
    "unknown_trait", Kind.INVALID, "There is no trait {trait}.", "Use one of the list of traits; near to it: {near}."
)
UNKNOWN_TAG = declare(
    "unknown_tag", Kind.INVALID, "There is no tag {tag}.", "Use one of the list of tags; near to it: {near}."
)
UNKNOWN_CONSENT = declare(
    "unknown_consent", Kind.INVALID, "There is no {what} {value} of consent.", "Use one of {choices}."
)
BAD_OPERATOR = declare("bad_operator", Kind.INVALID, "{trait} cannot be compared by {op}.", "Use one of {choices}.")
BAD_VALUE = declare("bad_value", Kind.INVALID, "{value} is no value for {trait}.", "Send {detail}.")
KEY_NEEDED = declare(
    "key_needed", Kind.INVALID, "{trait} has a value for each key.", "Name the key, such as a channel or a category."
)
NO_KEY = declare("no_key", Kind.INVALID, "{trait} has one value, and no keys.", "Leave the key out.")
SEGMENT_NAME_TAKEN = declare(
    "segment_name_taken", Kind.CONFLICT, "There is a segment {name} already.", "Use another name, or change that one."
)
BAD_SEGMENT_NAME = declare(
    "bad_segment_name",
    Kind.INVALID,
    "A segment needs a name of 1 to {limit} characters.",
    "Say in a few words who is in it.",
)
SEGMENT_CHANGED = declare(
    "segment_changed",
    Kind.CONFLICT,
    "Segment {segment} has changed meanwhile: its revision is {current}, not {given}.",
    "Read it as it is now, and decide again.",
)
TOO_MANY_SEGMENTS = declare(
    "too_many_segments", Kind.CONFLICT, "There are {limit} segments already.", "Remove one that nobody uses."
)
