"""API keys: issued with scopes and an expiry, the secret shown once; revoked for good."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from mainstem.console.admin.people import INTEGER_MAX, the_principal
from mainstem.console.frame import MissingError, Problem, Reply, Visit, html, see_other
from mainstem.platform import access
from mainstem.platform.access.directory import Listed, owner_of
from mainstem.platform.access.permissions import PERMISSIONS
from mainstem.platform.query import ask

_decode_issued = msgspec.json.Decoder(access.KeyIssued).decode


async def form(visit: Visit) -> Reply:
    """What the key may do, and until when."""
    return _form(visit, await the_principal(visit), None, {}, ())


async def issue(visit: Visit) -> Reply:
    """Issue the key and show its secret, once."""
    row = await the_principal(visit)
    form = await visit.form()
    scopes = tuple(sorted(form.all("scope")))
    typed = form.typed()
    try:
        expires_at = _end_of(form.text("expires"), visit.zone)
    except ValueError:
        return _form(visit, row, None, typed, scopes, bad_day=True)
    terms = access.KeyTerms(row.principal, scopes, expires_at)
    issuance = access.issue(terms, form.text("key"), actor=visit.caller.principal, trace=visit.trace)
    outcome = await visit.desk.batcher(access.ISSUE_KEY).submit(issuance.call)
    if not outcome.accepted:
        return _form(visit, row, visit.problem(outcome.refusal()), typed, scopes)
    return html(
        visit,
        "admin/templates/key.html",
        row=row,
        issued=_decode_issued(outcome.body),
        secret=issuance.secret(outcome) or "",
    )


async def revocation_form(visit: Visit) -> Reply:
    """What revoking the key will do."""
    row, key = await _the_key(visit)
    return html(visit, "admin/templates/revocation.html", row=row, key=key, problem=None)


async def revoke(visit: Visit) -> Reply:
    """Revoke the key."""
    row, key = await _the_key(visit)
    form = await visit.form()
    done = await visit.run(access.REVOKE_KEY, access.RevokeKey(key.key), form.text("key"))
    if isinstance(done, Problem):
        return html(visit, "admin/templates/revocation.html", status=done.status, row=row, key=key, problem=done)
    return see_other(
        f"/admin/people/{row.principal}", notice=visit.t("The key {prefix} is revoked.", prefix=key.prefix)
    )


def _form(
    visit: Visit,
    row: Listed,
    problem: Problem | None,
    typed: dict[str, str],
    scopes: tuple[str, ...],
    *,
    bad_day: bool = False,
) -> Reply:
    chinese = visit.language == "zh"
    held = access.ROLES[row.role].permissions if row.role in access.ROLES else frozenset()
    return html(
        visit,
        "admin/templates/key_form.html",
        status=422 if bad_day else problem.status if problem else 200,
        row=row,
        problem=problem,
        typed=typed,
        bad_day=bad_day,
        scopes=[
            (one.code, one.zh if chinese else one.en, one.code in scopes)
            for one in PERMISSIONS.values()
            if one.code in held
        ],
    )


async def _the_key(visit: Visit) -> tuple[Listed, access.KeyRow]:
    number: int = visit.path["key"]
    if number > INTEGER_MAX:
        raise MissingError
    async with visit.desk.database.transaction() as connection:
        owner, keys = await ask(connection, owner_of(number), access.list_keys(after=number - 1, limit=1))
    if owner is None:
        raise MissingError
    visit.path["principal"] = owner
    return await the_principal(visit), keys[0]


def _end_of(day: str, zone: str) -> datetime | None:
    """The moment at which a day ends; None for no day."""
    if not day:
        return None
    return datetime.combine(date.fromisoformat(day) + timedelta(days=1), time(), ZoneInfo(zone))
