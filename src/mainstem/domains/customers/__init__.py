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
from mainstem.domains.customers.foreseeing import FORESEE_MERGE, FORESEE_SPLIT, Foreseen, Standing
from mainstem.domains.customers.happenings import BY_CHANNEL as EVENTS_BY_CHANNEL
from mainstem.domains.customers.happenings import EVER, CustomerEvent, happened
from mainstem.domains.customers.happenings import KINDS as EVENT_KINDS
from mainstem.domains.customers.household.contracts import (
    CorrectHousehold,
    HouseholdCorrected,
    HouseholdMember,
    HouseholdSaid,
    HouseholdSpend,
    HouseholdTie,
    HouseholdView,
)
from mainstem.domains.customers.household.correcting import CORRECT_HOUSEHOLD
from mainstem.domains.customers.household.queries import household_of
from mainstem.domains.customers.identifiers import TYPES as IDENTIFIER_TYPES
from mainstem.domains.customers.resolve.beside import Field, people, side_by_side
from mainstem.domains.customers.resolve.called import Called, called, ending
from mainstem.domains.customers.resolve.correcting import ANSWER_REVIEW, MERGE_CUSTOMERS, SPLIT_CUSTOMER
from mainstem.domains.customers.resolve.history import Against, MadeMerge, against, merges_of
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
from mainstem.domains.customers.resolve.listing import CustomerPage, ListedCustomer, ListFilter, list_customers
from mainstem.domains.customers.resolve.queries import (
    ASSERTIONS_MAX,
    AssertionView,
    CustomerRecords,
    CustomerView,
    IdentifierView,
    RecordView,
    SuspendedIdentifier,
    customers_of,
    profile,
    profile_with,
    records_and_why,
    suspended,
)
from mainstem.domains.customers.resolve.reviewing import ReviewView, find_review, reviews
from mainstem.domains.customers.resolve.searching import CustomerRow, PeopleFilter, search
from mainstem.domains.customers.resolve.suspending import LIFT_SUSPENSION, SUSPEND_IDENTIFIER
from mainstem.domains.customers.resolve.unmasking import UNMASK_REASONS, note_unmasked
from mainstem.domains.customers.resolve.usage import (
    Counted,
    IdentifierStanding,
    counted,
    find_identifier,
    identifier_called,
    limits_of,
    users_of,
)
from mainstem.domains.customers.rewrapping import Rewrapping, rewrap_keys, wrapped_keys
from mainstem.domains.customers.segments.commands import REMOVE_SEGMENT, SAVE_SEGMENT
from mainstem.domains.customers.segments.conditions import Condition, read_condition
from mainstem.domains.customers.segments.contracts import NAME_LENGTH_MAX as SEGMENT_NAME_LENGTH_MAX
from mainstem.domains.customers.segments.contracts import (
    OVERLAP_MAX,
    SEGMENT_CHANGED,
    Count,
    Member,
    Overlap,
    RemoveSegment,
    SaveSegment,
    Segment,
    SegmentSaved,
)
from mainstem.domains.customers.segments.lists import (
    Fitting,
    SegmentRow,
    count_each,
    customers_kept,
    fitting_customers,
    latest_members,
    memberships_kept,
    segment_row,
    segment_rows,
)
from mainstem.domains.customers.segments.naming import Membership, all_segment_names, memberships_of, segment_names
from mainstem.domains.customers.segments.queries import (
    count_customers,
    find_segment,
    list_segments,
    segment_members,
    segment_overlaps,
    segments_of,
)
from mainstem.domains.customers.segments.sizes import SegmentDay, SegmentFigures, segment_days, segment_figures
from mainstem.domains.customers.segments.usable import Usable, take_members, usable_members
from mainstem.domains.customers.shopping import birthdays, groups_within, segments_within
from mainstem.domains.customers.tags.attached import AttachedTag, attached_names, attached_tags
from mainstem.domains.customers.tags.commands import REMOVE_TAG, SET_TAG
from mainstem.domains.customers.tags.contracts import RemoveTag, SetTag, TagChanged
from mainstem.domains.customers.tags.library import Tag, category_tags, shipped_tags, tag_conditions, tag_groups
from mainstem.domains.customers.tags.queries import (
    ManualTag,
    TraitsKnown,
    common_values,
    computed_tags,
    known_categories,
    known_manual_tags,
    manual_tag_names,
    manual_tags,
    top_categories,
    traits_known,
)
from mainstem.domains.customers.traits.batch import SET_BATCH_TRAITS, BatchTraitsSet, SetBatchTraits
from mainstem.domains.customers.traits.computed import Computed
from mainstem.domains.customers.traits.contracts import Trait
from mainstem.domains.customers.traits.declared import BATCH, TRAITS
from mainstem.domains.customers.traits.exporting import activity_after, goods_after
from mainstem.domains.customers.traits.queries import traits_of
from mainstem.domains.customers.traits.rfm import bounds_outgrown as rfm_bounds_outgrown
from mainstem.domains.customers.traits.rfm import compute_bounds as compute_rfm_bounds

__all__ = [
    "ANSWER_REVIEW",
    "ASSERTIONS_MAX",
    "BATCH",
    "CHECKS",
    "CORRECT_HOUSEHOLD",
    "EVENTS_BY_CHANNEL",
    "EVENT_KINDS",
    "EVER",
    "FORESEE_MERGE",
    "FORESEE_SPLIT",
    "IDENTIFIERS_MAX",
    "IDENTIFIER_TYPES",
    "IDENTIFY",
    "LIFT_SUSPENSION",
    "MERGE_CUSTOMERS",
    "OVERLAP_MAX",
    "PERSON_ERASED",
    "REMOVE_SEGMENT",
    "REMOVE_TAG",
    "SAVE_SEGMENT",
    "SEGMENT_CHANGED",
    "SEGMENT_NAME_LENGTH_MAX",
    "SET_BATCH_TRAITS",
    "SET_TAG",
    "SPLIT_CUSTOMER",
    "SUSPEND_IDENTIFIER",
    "TEXT_LENGTH_MAX",
    "TRAITS",
    "UNMASK_REASONS",
    "Against",
    "AnswerReview",
    "AssertionView",
    "AttachedTag",
    "Attributes",
    "BatchTraitsSet",
    "Called",
    "Computed",
    "Condition",
    "CorrectHousehold",
    "Count",
    "Counted",
    "CustomerEvent",
    "CustomerPage",
    "CustomerRecords",
    "CustomerRow",
    "CustomerView",
    "Field",
    "Fitting",
    "Foreseen",
    "Goods",
    "HouseholdCorrected",
    "HouseholdMember",
    "HouseholdSaid",
    "HouseholdSpend",
    "HouseholdTie",
    "HouseholdView",
    "Identified",
    "Identifier",
    "IdentifierStanding",
    "IdentifierView",
    "Identify",
    "IdentityChanged",
    "LiftSuspension",
    "ListFilter",
    "ListedCustomer",
    "MadeMerge",
    "ManualTag",
    "Member",
    "Membership",
    "MergeCustomers",
    "Named",
    "Occasion",
    "Overlap",
    "Pair",
    "PeopleFilter",
    "RecordView",
    "RemoveSegment",
    "RemoveTag",
    "ReviewView",
    "Rewrapping",
    "SaveSegment",
    "Segment",
    "SegmentDay",
    "SegmentFigures",
    "SegmentRow",
    "SegmentSaved",
    "SetBatchTraits",
    "SetTag",
    "SplitCustomer",
    "Standing",
    "SuspendIdentifier",
    "SuspendedIdentifier",
    "Tag",
    "TagChanged",
    "Trait",
    "TraitsKnown",
    "Usable",
    "activity_after",
    "against",
    "all_segment_names",
    "attached_names",
    "attached_tags",
    "birthdays",
    "called",
    "category_tags",
    "common_values",
    "compute_rfm_bounds",
    "computed_tags",
    "consent",
    "count_customers",
    "count_each",
    "counted",
    "customers_behind",
    "customers_kept",
    "customers_of",
    "ending",
    "fill_segments",
    "find_identifier",
    "find_review",
    "find_segment",
    "fitting_customers",
    "goods_after",
    "groups_within",
    "happened",
    "household_of",
    "identifier_called",
    "introduce",
    "keep_current",
    "known",
    "known_categories",
    "known_manual_tags",
    "latest_members",
    "limits_of",
    "list_customers",
    "list_segments",
    "manual_tag_names",
    "manual_tags",
    "memberships_kept",
    "memberships_of",
    "merges_of",
    "named",
    "note_unmasked",
    "pair",
    "people",
    "profile",
    "profile_with",
    "read_condition",
    "records_and_why",
    "records_of",
    "remember",
    "reviews",
    "rewrap_keys",
    "rfm_bounds_outgrown",
    "rights",
    "search",
    "segment_days",
    "segment_figures",
    "segment_members",
    "segment_names",
    "segment_overlaps",
    "segment_row",
    "segment_rows",
    "segments_of",
    "segments_within",
    "shipped_tags",
    "side_by_side",
    "suspended",
    "tag_conditions",
    "tag_groups",
    "take_members",
    "today_of",
    "top_categories",
    "traits_known",
    "traits_of",
    "unremembered",
    "usable_members",
    "users_of",
    "wrapped_keys",
]
