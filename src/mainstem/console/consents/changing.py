"""Recording that a customer agrees to a use of his data, or refuses it: with evidence, for one record or for all."""

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from mainstem.console.consents import words
from mainstem.console.consents.standing import source_of, why
from mainstem.console.customers.head import Head, customer_head
from mainstem.console.frame import Form, MissingError, Problem, Reply, Visit, html, see_other
from mainstem.domains import customers
from mainstem.kernel.refusals import NOT_FOUND, refuse
from mainstem.platform.access.directory import names
from mainstem.platform.access.permissions import CONSENT_WRITE
from mainstem.platform.query import ask

consent = customers.consent

ALL = "all"
"""For every record of the customer."""

_TEXT_LENGTH_MAX = 64


async def ask_for(visit: Visit) -> Reply:
    """One purpose over a channel: what stands, why, and the form that changes it."""
    query = visit.query
    typed = {"purpose": query.get("purpose", ""), "channel": query.get("channel", ""), "to": query.get("to", "")}
    return await _page(visit, await customer_head(visit, visit.path["customer"]), typed)


async def change(visit: Visit) -> Reply:
    """Record what the customer said."""
    head = await customer_head(visit, visit.path["customer"])
    form = await visit.form()
    command = _command(visit, head, form)
    if isinstance(command, Problem):
        return await _page(visit, head, form.typed(), command)
    if isinstance(command, consent.GiveConsent):
        done = await visit.run(consent.GIVE_CONSENT, command, form.text("key"))
    else:
        done = await visit.run(consent.WITHDRAW_CONSENT, command, form.text("key"))
    if isinstance(done, Problem):
        return await _page(visit, head, form.typed(), done)
    return see_other(f"/customers/{head.id}/consent", notice=await _told(visit, head, command))


def _command(visit: Visit, head: Head, form: Form) -> consent.GiveConsent | consent.WithdrawConsent | Problem:
    record = form.text("record", ALL)
    if record != ALL and form.integer("record") not in head.view.records:
        return visit.problem(refuse(NOT_FOUND, "/record", what="record", id=record[:_TEXT_LENGTH_MAX]))
    moment = _moment(visit, form.text("occurred_at"))
    if isinstance(moment, Problem):
        return moment
    customer = head.id if record == ALL else int(record)
    purpose, channel = form.text("purpose"), form.text("channel")
    evidence = consent.Evidence(form.text("way"), form.text("reference")[: consent.REFERENCE_LENGTH_MAX])
    everywhere = record == ALL
    if form.text("to") == "give":
        policy = form.text("policy")
        return consent.GiveConsent(customer, purpose, policy, evidence, channel, everywhere, moment)
    return consent.WithdrawConsent(customer, purpose, evidence, channel, everywhere, moment)


def _moment(visit: Visit, text: str) -> datetime | Problem | None:
    """A moment as the browser writes it, by the clock of the page; None when it is left out."""
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(visit.zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        refusal = refuse(consent.BAD_CONSENT_MOMENT, "/occurred_at", moment=text[:_TEXT_LENGTH_MAX])
        return visit.problem(refusal)


async def _told(visit: Visit, head: Head, command: consent.GiveConsent | consent.WithdrawConsent) -> str:
    """What has come of it: what was said counts, or why something else does."""
    async with visit.desk.database.snapshot() as connection:
        found = await consent.explained(connection, head.id)
    stands = [
        one.state
        for one in (() if found is None else found.standings)
        if one.view.purpose == command.purpose and command.channel in ("", one.view.channel)
    ]
    given = isinstance(command, consent.GiveConsent)
    if all(state == ("given" if given else "refused") for state in stands):
        if not given:
            return visit.t("The withdrawal is recorded. It counts from now on.")
        if head.restricted:
            return visit.t("The consent is recorded. While the data may only be kept, it is not used.")
        return visit.t("The consent is recorded. It counts from now on.")
    if given:
        return visit.t("The consent is recorded. A refusal still counts: it was said later, or of another record.")
    return visit.t("The withdrawal is recorded. What was said later still counts.")


async def _page(visit: Visit, head: Head, typed: Mapping[str, str], problem: Problem | None = None) -> Reply:
    purpose = consent.PURPOSES.get(typed.get("purpose", ""))
    if purpose is None or (purpose.default and problem is None):
        raise MissingError
    async with visit.desk.database.snapshot() as connection:
        found = await consent.explained(connection, head.id)
        if found is None:
            raise MissingError
        entries = found.entries.values()
        (called,) = await ask(connection, names({one.actor for one in entries} - {0}))
    wanted = [one for one in found.standings if one.view.purpose == purpose.code]
    channel = typed.get("channel", "")
    shown = [one for one in wanted if channel in ("", one.view.channel)] or wanted
    to = typed.get("to") or ("withdraw" if shown[0].state == "given" else "give")
    return html(
        visit,
        "consents/templates/change.html",
        status=200 if problem is None else problem.status,
        head=head,
        tab="consent",
        problem=problem,
        purpose=purpose,
        name=words.said(visit, purpose.name),
        about=words.said(visit, purpose.about),
        typed={"record": ALL, "policy": consent.LATEST, "way": "", "reference": "", "occurred_at": ""}
        | dict(typed)
        | {"to": to, "channel": channel},
        standings=[_standing(visit, found, one, called) for one in shown],
        channels=[("", visit.t("Every channel"))]
        + [(code, words.said(visit, one)) for code, one in consent.CHANNELS.items()],
        policies=[(one.version, one.version) for one in reversed(consent.POLICIES) if purpose.code in one.covers],
        ways=[(code, words.said(visit, one)) for code, one in consent.EVIDENCE.items()],
        records=[(ALL, visit.t("All records of the customer"))]
        + [(str(record), f"{words.source_name(visit, source)} · {record}") for record, source in found.sources.items()],
        reference_max=consent.REFERENCE_LENGTH_MAX,
        possible=visit.allowed(CONSENT_WRITE) and not head.erased,
    )


def _standing(
    visit: Visit, found: consent.Explained, one: consent.Standing, called: dict[int, str]
) -> dict[str, object]:
    text, tone, _ = words.CELLS[one.state]
    rows = []
    for place, each in enumerate(one.counted):
        entry = found.entries[each.entry]
        rows.append(
            {
                "entry": entry,
                "decides": place == 0,
                "channel": words.channel_name(visit, entry.channel),
                "source": source_of(visit, found, entry.record),
                "evidence": words.evidence_name(visit, entry.way),
                "who": words.actor_name(visit, entry.actor, called),
            }
        )
    by_channel = consent.PURPOSES[one.view.purpose].by_channel
    return {
        "channel": words.channel_name(visit, one.view.channel) if by_channel else "",
        "text": visit.t(text),
        "tone": tone,
        "why": why(visit, found, one),
        "rows": rows,
    }
