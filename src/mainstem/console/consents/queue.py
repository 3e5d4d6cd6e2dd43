"""The queue of requests about personal data: the most urgent first."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlencode

from mainstem.console.consents import words
from mainstem.console.frame import Reply, Visit, html, see_other
from mainstem.domains import customers
from mainstem.platform.preferences import SavedView, delete_view, save_view, saved_views
from mainstem.platform.query import ask

rights = customers.rights

AREA = "requests"
"""Where the views of this list are kept."""

ROWS = 50
FIELDS = ("show", "kind", "law", "state")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NUMBER_MAX = 2**63 - 1


async def show(visit: Visit) -> Reply:
    """A page of the list as the address says."""
    query, now = visit.query, datetime.now(UTC)
    wanted = _wanted(query, now)
    async with visit.desk.database.snapshot() as connection:
        counts, views, found = await ask(
            connection,
            rights.count_open(now, now + words.SOON),
            saved_views(visit.caller.principal, AREA),
            rights.requests_fitting(wanted, now, ROWS + 1, _position(query.get("after", ""))),
        )
        rows = found[:ROWS]
        (people,) = await ask(connection, customers.named(visit.desk.vault, [one.record for one in rows]))
    return html(
        visit,
        "consents/templates/requests.html",
        here=words.rooms(visit),
        rows=[_row(visit, one, people, now) for one in rows],
        views=views,
        current_view=query.get("view", ""),
        query=narrowed(query),
        filtered=any(query.get(name) for name in FIELDS if name != "show"),
        tabs=_tabs(visit, counts),
        shown=query.get("show", ""),
        kinds=[(code, words.said(visit, one)) for code, one in rights.KINDS.items()],
        laws=[(code, code.upper()) for code in rights.LAWS],
        states=[
            (code, visit.t(text))
            for code, (text, _) in words.STATES.items()
            if (code in rights.CLOSED) == wanted.closed
        ],
        next_url=visit.url(after=_position_text(rows[-1])) if len(found) > ROWS else "",
        first_url=visit.url(after=None) if query.get("after") else "",
    )


def narrowed(query: dict[str, str]) -> str:
    """The part of a query string that narrows the list."""
    return urlencode({name: query[name] for name in FIELDS if query.get(name)})


def _tabs(visit: Visit, counts: rights.RequestCounts) -> list[tuple[str, str, int | None, str]]:
    """What the list can show, how many that are, and in which colour to say it."""
    return [
        ("", visit.t("Open"), counts.open, "secondary"),
        ("overdue", visit.t("Overdue"), counts.overdue, "red" if counts.overdue else "secondary"),
        ("soon", visit.t("Due within 3 days"), counts.soon, "orange" if counts.soon else "secondary"),
        ("closed", visit.t("Closed"), None, ""),
    ]


def _wanted(query: dict[str, str], now: datetime) -> rights.RequestFilter:
    show = query.get("show", "")
    until = {"overdue": now, "soon": now + words.SOON}.get(show)
    kind, law, state = (query.get(name) or None for name in ("kind", "law", "state"))
    since = now if show == "soon" else None
    return rights.RequestFilter(show == "closed", kind, law, state, due_after=since, due_before=until)


def _row(visit: Visit, one: rights.RequestView, people: dict[int, customers.Named], now: datetime) -> dict[str, object]:
    text, tone = words.STATES[one.state]
    person = people.get(one.record)
    return {
        "request": one,
        "kind": words.said(visit, rights.KINDS[one.kind]),
        "law": one.law.upper(),
        "state": visit.t(text),
        "tone": tone,
        "person": "" if person is None else person.reference,
        "deadline": words.deadline(visit, one, now),
    }


def _position(text: str) -> tuple[datetime, int] | None:
    """Where the list goes on; None at its beginning, and for what is no position."""
    moment, _, number = text.partition("-")
    if not (moment.isascii() and moment.isdecimal() and number.isascii() and number.isdecimal()):
        return None
    if int(moment) > (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND or int(number) > _NUMBER_MAX:
        return None
    return _EPOCH + int(moment) * _MICROSECOND, int(number)


def _position_text(last: rights.RequestView) -> str:
    return f"{(last.due_at - _EPOCH) // _MICROSECOND}-{last.id}"


async def naming(visit: Visit) -> Reply:
    """Ask for the name of the view that the address shows."""
    return html(visit, "consents/templates/view.html", query=narrowed(visit.query), name="", problem=None)


async def save(visit: Visit) -> Reply:
    """Keep the view, and show the list in it."""
    form = await visit.form()
    view = SavedView(form.text("name"), narrowed(dict(parse_qsl(form.text("query")))))
    async with visit.desk.database.transaction() as connection:
        refusal = await save_view(connection, visit.caller.principal, AREA, view)
    if refusal is not None:
        problem = visit.problem(refusal)
        return html(
            visit,
            "consents/templates/view.html",
            status=problem.status,
            query=view.query,
            name=view.name,
            problem=problem,
        )
    url = f"/requests?{view.query}&" if view.query else "/requests?"
    return see_other(f"{url}{urlencode({'view': view.name})}", notice=visit.t("The view is saved."))


async def delete(visit: Visit) -> Reply:
    """Forget a view; the list stays as it is."""
    form = await visit.form()
    async with visit.desk.database.transaction() as connection:
        await delete_view(connection, visit.caller.principal, AREA, form.text("name"))
    query = narrowed(dict(parse_qsl(form.text("query"))))
    return see_other(f"/requests?{query}" if query else "/requests", notice=visit.t("The view is deleted."))
