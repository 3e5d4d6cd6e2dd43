"""Tags that people attach: what they are asked and what they answer."""

import msgspec

from mainstem.kernel.refusals import Kind, declare

TAGS_MAX = 50
"""Tags that people attach to one record."""


class SetTag(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Attach a tag to a customer, named by any of his ids: it stays with that record, whoever it belongs to later."""

    customer: int
    tag: str


class RemoveTag(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Take a tag from every record of a customer."""

    customer: int
    tag: str


class TagChanged(msgspec.Struct, frozen=True):
    """Whether anything changed: a tag that is there already is not attached again."""

    customer: int
    tag: str
    changed: bool


class TagEvent(msgspec.Struct, frozen=True):
    """`customers.tag_set` and `customers.tag_removed`; the subject is the record. Of a tag, its name."""

    customer: int
    tag: str


COMPUTED_TAG = declare(
    "computed_tag",
    Kind.CONFLICT,
    "Tag {tag} is computed: it holds for whom its condition fits.",
    "Attach a tag of another name.",
)
TOO_MANY_TAGS = declare(
    "too_many_tags", Kind.CONFLICT, "Customer {customer} has {limit} tags already.", "Remove one that nobody uses."
)
