"""The words of a customer's timeline: what each entry is called, and what it says besides."""

from collections.abc import Mapping
from typing import Any

from mainstem.console.customers import telling_loyalty, words
from mainstem.console.frame import N_, Visit
from mainstem.console.orders import words as order_words
from mainstem.domains import customers
from mainstem.processes.customer_timeline import TimelineEntry

KINDS: dict[str, str] = {
    "order": N_("Orders and sales"),
    "payment": N_("Payments"),
    "shipment": N_("Shipments"),
    "return": N_("Returns"),
    "record": N_("Records"),
    "identity": N_("Merges and splits"),
    "consent": N_("Consent"),
    "request": N_("Privacy requests"),
    "tag": N_("Tags"),
    "segment": N_("Segments"),
    "seen": N_("Who looked"),
    "membership": N_("Memberships and tiers"),
    "points": N_("Loyalty points"),
    "benefit": N_("Benefits"),
    "credit": N_("Store credit"),
}
"""Kinds of entries, as they are offered."""

ORDER, SALE = N_("Order"), N_("Sale")

EVENTS: dict[str, tuple[str, str]] = {
    **order_words.EVENTS,
    **telling_loyalty.EVENTS,
    "customers.record_identified": (N_("A source told something new"), "database-import"),
    "customers.record_introduced": (N_("First named by a source"), "user-plus"),
    "customers.customers_merged": (N_("Merged"), "link"),
    "customers.customer_split": (N_("Split"), "switch-horizontal"),
    "customers.household_corrected": (N_("Household corrected"), "home"),
    "customers.consent_given": (N_("Consent given"), "circle-check"),
    "customers.consent_withdrawn": (N_("Consent withdrawn"), "circle-x"),
    "customers.request_received": (N_("Privacy request received"), "shield-lock"),
    "customers.request_identity_checked": (N_("Identity checked for a privacy request"), "shield-check"),
    "customers.request_in_progress": (N_("Privacy request being worked on"), "shield-lock"),
    "customers.request_done": (N_("Privacy request done"), "shield-check"),
    "customers.request_refused": (N_("Privacy request refused"), "ban"),
    "customers.request_withdrawn": (N_("Privacy request withdrawn"), "x"),
    "customers.restricted": (N_("Data is kept and not used from now on"), "lock"),
    "customers.restriction_lifted": (N_("Data may be used again"), "lock-open"),
    "customers.erased": (N_("Personal data erased"), "trash"),
    "customers.tag_set": (N_("Tag attached"), "tag"),
    "customers.tag_removed": (N_("Tag removed"), "tag"),
    "customers.segment_entered": (N_("Entered a segment"), "login"),
    "customers.segment_left": (N_("Left a segment"), "logout"),
    "customers.customer_unmasked": (N_("Personal data shown in the clear"), "eye"),
    "customers.privacy_link_made": (N_("Link to the privacy page made"), "link"),
    "customers.privacy_page_opened": (N_("The customer opened his privacy page"), "world"),
    "customers.privacy_code_wrong": (N_("A wrong code was typed for the privacy page"), "alert-triangle"),
}
"""What an event is called, and its picture."""


def details(visit: Visit, one: TimelineEntry, segments: Mapping[int, str]) -> list[str]:
    """What an entry says besides its name, in the visitor's language; never personal data."""
    told = one.details
    if one.kind in ("order", "payment", "shipment", "return"):
        return _of_order(visit, one, told)
    if one.kind == "identity":
        return _of_identity(visit, told)
    if one.kind == "consent":
        return _of_consent(visit, told)
    if one.kind in telling_loyalty.KINDS:
        return telling_loyalty.details(visit, one)
    if one.kind == "tag":
        return [str(told.get("tag", ""))]
    if one.kind == "segment":
        number = told.get("segment", 0)
        return [segments.get(number, visit.t("Segment {number}", number=number))]
    if one.type == "customers.customer_unmasked" and told.get("reason"):
        return [words.word(visit, words.REASONS, told["reason"])]
    if one.kind == "record" and told.get("rules"):
        return [visit.t("linked by {rules}", rules=_rules(visit, told["rules"]))]
    return []


def _of_order(visit: Visit, one: TimelineEntry, told: Mapping[str, Any]) -> list[str]:
    money, currency = visit.fmt.money, told["currency"]
    found = []
    if one.type in ("orders.order_placed", "orders.sale_recorded"):
        found.append(money(told["total_minor"], currency))
    if one.kind == "payment":
        found += [
            f"{order_words.word(visit, order_words.TENDERS, tender['kind'])} {money(tender['amount_minor'], currency)}"
            for tender in told.get("tenders", ())
        ]
    for name in ("carrier", "reason"):
        if told.get(name):
            found.append(str(told[name]))
    if told.get("refund_minor"):
        found.append(visit.t("{amount} to refund", amount=money(told["refund_minor"], currency)))
    node = visit.network.node(one.node)
    found.append(visit.t("at {node}", node=one.node if node is None else node.name))
    return found


def _of_identity(visit: Visit, told: Mapping[str, Any]) -> list[str]:
    found = []
    answer = words.HOUSEHOLD_ANSWERS.get(told.get("answer", ""))
    if answer is not None:
        found.append(visit.t(answer, one=told["customer"], other=told["other"]))
    if told.get("absorbed"):
        found.append(visit.t("with customer {number}", number=told["absorbed"]))
    if told.get("restored"):
        found.append(visit.t("customer {number} stands alone again", number=told["restored"]))
    if told.get("rules"):
        found.append(_rules(visit, told["rules"]))
    if told.get("reason"):
        found.append(str(told["reason"]))
    return found


def _of_consent(visit: Visit, told: Mapping[str, Any]) -> list[str]:
    consent, chinese = customers.consent, visit.language == "zh"
    purpose, channel = consent.PURPOSES.get(told.get("purpose", "")), consent.CHANNELS.get(told.get("channel", ""))
    return [text.zh if chinese else text.en for text in (None if purpose is None else purpose.name, channel) if text]


def _rules(visit: Visit, rules: list[str]) -> str:
    """Rules such as `shared:phone` in words."""
    found = []
    for rule in rules:
        name, _, type_ = rule.partition(":")
        called = words.word(visit, words.RULES, name)
        identifier = words.word(visit, words.IDENTIFIERS, type_)
        found.append(visit.t("{what} ({value})", what=called, value=identifier) if type_ else called)
    return visit.t(", ").join(found)
