"""The room of customers: who they are, what is known of them, what they agreed to."""

from mainstem.domains.customers import consent, rights
from mainstem.domains.customers.activity.contracts import Goods, Occasion
from mainstem.domains.customers.checks import CHECKS
from mainstem.domains.customers.contracts import (
    IDENTIFIERS_MAX,
    PERSON_ERASED,
    TEXT_LENGTH_MAX,
    AnswerReview,
    Attributes,
    Identified,
    Identifier,
    Identify,
    IdentityChanged,
    LiftSuspension,
    MergeCustomers,
    SplitCustomer,
    SuspendIdentifier,
)
from mainstem.domains.customers.current import customers_behind, fill_segments, keep_current, today_of
from mainstem.domains.customers.resolve.called import Called, called, ending
from mainstem.domains.customers.resolve.correcting import ANSWER_REVIEW, MERGE_CUSTOMERS, SPLIT_CUSTOMER
from mainstem.domains.customers.resolve.identify import IDENTIFY
from mainstem.domains.customers.resolve.known import (
    Named,
    Pair,
    introduce,
    known,
    named,
    pair,
    records_of,
    remember,
    unremembered,
)
from mainstem.domains.customers.resolve.queries import (
    CustomerRecords,
    CustomerView,
    ReviewView,
    SuspendedIdentifier,
    customers_of,
    profile,
    records_and_why,
    reviews,
    suspended,
)
from mainstem.domains.customers.resolve.searching import CustomerRow, PeopleFilter, search
from mainstem.domains.customers.resolve.suspending import LIFT_SUSPENSION, SUSPEND_IDENTIFIER
from mainstem.domains.customers.resolve.unmasking import note_unmasked
from mainstem.domains.customers.rewrapping import Rewrapping, rewrap_keys, wrapped_keys
from mainstem.domains.customers.segments.commands import REMOVE_SEGMENT, SAVE_SEGMENT
from mainstem.domains.customers.segments.conditions import read_condition
from mainstem.domains.customers.segments.contracts import (
    OVERLAP_MAX,
    Count,
    Member,
    Overlap,
    RemoveSegment,
    SaveSegment,
    Segment,
    SegmentSaved,
)
from mainstem.domains.customers.segments.queries import (
    count_customers,
    find_segment,
    list_segments,
    segment_members,
    segment_overlaps,
    segments_of,
)
from mainstem.domains.customers.tags.commands import REMOVE_TAG, SET_TAG
from mainstem.domains.customers.tags.contracts import RemoveTag, SetTag, TagChanged
from mainstem.domains.customers.tags.library import Tag, category_tags, shipped_tags, tag_conditions, tag_groups
from mainstem.domains.customers.tags.queries import (
    ManualTag,
    computed_tags,
    manual_tag_names,
    manual_tags,
    top_categories,
)
from mainstem.domains.customers.traits.batch import SET_BATCH_TRAITS, BatchTraitsSet, SetBatchTraits
from mainstem.domains.customers.traits.contracts import Trait
from mainstem.domains.customers.traits.declared import BATCH, TRAITS
from mainstem.domains.customers.traits.exporting import activity_after, goods_after
from mainstem.domains.customers.traits.queries import traits_of
from mainstem.domains.customers.traits.rfm import bounds_outgrown as rfm_bounds_outgrown
from mainstem.domains.customers.traits.rfm import compute_bounds as compute_rfm_bounds

__all__ = [
    "ANSWER_REVIEW",
    "BATCH",
    "CHECKS",
    "IDENTIFIERS_MAX",
    "IDENTIFY",
    "LIFT_SUSPENSION",
    "MERGE_CUSTOMERS",
    "OVERLAP_MAX",
    "PERSON_ERASED",
    "REMOVE_SEGMENT",
    "REMOVE_TAG",
    "SAVE_SEGMENT",
    "SET_BATCH_TRAITS",
    "SET_TAG",
    "SPLIT_CUSTOMER",
    "SUSPEND_IDENTIFIER",
    "TEXT_LENGTH_MAX",
    "TRAITS",
    "AnswerReview",
    "Attributes",
    "BatchTraitsSet",
    "Called",
    "Count",
    "CustomerRecords",
    "CustomerRow",
    "CustomerView",
    "Goods",
    "Identified",
    "Identifier",
    "Identify",
    "IdentityChanged",
    "LiftSuspension",
    "ManualTag",
    "Member",
    "MergeCustomers",
    "Named",
    "Occasion",
    "Overlap",
    "Pair",
    "PeopleFilter",
    "RemoveSegment",
    "RemoveTag",
    "ReviewView",
    "Rewrapping",
    "SaveSegment",
    "Segment",
    "SegmentSaved",
    "SetBatchTraits",
    "SetTag",
    "SplitCustomer",
    "SuspendIdentifier",
    "SuspendedIdentifier",
    "Tag",
    "TagChanged",
    "Trait",
    "activity_after",
    "called",
    "category_tags",
    "compute_rfm_bounds",
    "computed_tags",
    "consent",
    "count_customers",
    "customers_behind",
    "customers_of",
    "ending",
    "fill_segments",
    "find_segment",
    "goods_after",
    "introduce",
    "keep_current",
    "known",
    "list_segments",
    "manual_tag_names",
    "manual_tags",
    "named",
    "note_unmasked",
    "pair",
    "profile",
    "read_condition",
    "records_and_why",
    "records_of",
    "remember",
    "reviews",
    "rewrap_keys",
    "rfm_bounds_outgrown",
    "rights",
    "search",
    "segment_members",
    "segment_overlaps",
    "segments_of",
    "shipped_tags",
    "suspended",
    "tag_conditions",
    "tag_groups",
    "today_of",
    "top_categories",
    "traits_of",
    "unremembered",
    "wrapped_keys",
]
