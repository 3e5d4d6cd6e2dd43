"""Reviews: the queue of pairs of which somebody should say whether they are one person, and one with its evidence."""

import msgspec

from mainstem.console.frame import MissingError, Problem, Reply, Visit, html, see_other
from mainstem.console.identity import words
from mainstem.console.identity.waterfall import probability, waterfall
from mainstem.domains import customers
from mainstem.platform.access.directory import names
from mainstem.platform.postgres import Connection
from mainstem.platform.query import ask

PAGE = 25
LIST = "/identity/reviews"

_NUMBER_MAX = 2**63 - 1


class Line(msgspec.Struct, frozen=True):
    """A review in the list. `likely` is the probability of its attributes, None when nothing could be compared."""

    review: customers.ReviewView
    people: tuple[customers.CustomerRow | None, customers.CustomerRow | None]
    likely: float | None
    weight: float
    met: str
    waiting: str
    who: str


async def listing(visit: Visit) -> Reply:
    """The queue, the longest waiting first; and what was answered."""
    state = visit.query.get("state", "open")
    if state not in words.STATES:
        state = "open"
    after = _number(visit.query.get("after", ""))
    async with visit.desk.database.snapshot() as connection:
        (found,) = await ask(connection, customers.reviews(state, after, PAGE + 1))
        shown = found[:PAGE]
        ids = {one for review in shown for one in review.customers}
        people = await customers.people(connection, visit.desk.vault, ids)
        (called,) = await ask(connection, names({one.answered_by or 0 for one in shown}))
    lines = [
        Line(
            review=one,
            people=(people.get(one.customers[0]), people.get(one.customers[1])),
            likely=probability(float(one.evidence.get("weight", 0.0))) if one.evidence.get("levels") else None,
            weight=float(one.evidence.get("weight", 0.0)),
            met=met(visit, one),
            waiting=words.waiting(visit, one.opened_at),
            who=called.get(one.answered_by or 0, ""),
        )
        for one in shown
    ]
    return html(
        visit,
        "identity/templates/reviews.html",
        lines=lines,
        state=state,
        states=[(code, visit.t(text)) for code, (text, _) in words.STATES.items()],
        next_url=visit.url(after=shown[-1].id) if len(found) > PAGE else "",
        first_url=visit.url(after=None) if after else "",
        words=words,
    )


async def show(visit: Visit) -> Reply:
    """One review: the two people, the evidence, and the question."""
    return await _page(visit)


async def answer(visit: Visit) -> Reply:
    """Say what the two are, and go on to the next pair."""
    form = await visit.form()
    number: int = visit.path["review"]
    said = form.text("answer")
    if said not in ("joined", "kept_apart"):
        return await _page(visit)
    command = customers.AnswerReview(number, said)  # type: ignore[arg-type] # one of the two
    done = await visit.run(customers.ANSWER_REVIEW, command, form.text("key"))
    if isinstance(done, Problem):
        return await _page(visit, done)
    async with visit.desk.database.snapshot() as connection:
        following = await _next(connection, number)
    one = visit.t("They are one customer now.") if said == "joined" else visit.t("They are kept apart for good.")
    if following is None:
        return see_other(LIST, notice=f"{one} {visit.t('No other pair is waiting.')}")
    return see_other(f"{LIST}/{following}", notice=f"{one} {visit.t('This is the next pair.')}")


async def _page(visit: Visit, problem: Problem | None = None) -> Reply:
    number: int = visit.path["review"]
    if not 0 < number <= _NUMBER_MAX:
        raise MissingError
    async with visit.desk.database.snapshot() as connection:
        (review,) = await ask(connection, customers.find_review(number))
        following = await _next(connection, number)
        if review is None:
            if problem is None:
                raise MissingError
            return html(visit, "identity/templates/gone.html", status=409, following=following)
        one, other = review.customers
        people = await customers.people(connection, visit.desk.vault, [one, other])
        fields = await customers.side_by_side(connection, visit.desk.vault, one, other) if one != other else []
        (called,) = await ask(connection, names({review.answered_by or 0}))
    return html(
        visit,
        "identity/templates/review.html",
        status=problem.status if problem else 200,
        review=review,
        left=people.get(one),
        right=people.get(other),
        fields=fields,
        evidence=waterfall(visit, review.evidence),
        met=met(visit, review),
        who=called.get(review.answered_by or 0, visit.t("Somebody")),
        waiting=words.waiting(visit, review.opened_at),
        following=following,
        problem=problem,
        words=words,
    )


async def _next(connection: Connection, number: int) -> int | None:
    """The open review behind this one, else the first; None when there is no other."""
    behind, first = await ask(connection, customers.reviews("open", number, 1), customers.reviews("open", 0, 1))
    return next((one.id for one in (*behind, *first) if one.id != number), None)


def met(visit: Visit, review: customers.ReviewView) -> str:
    """What brought the two together."""
    rule, type_ = str(review.evidence.get("rule", "")), str(review.evidence.get("type", ""))
    text = words.MET.get(rule)
    return rule if text is None else visit.t(text, type=words.word(visit, words.IDENTIFIERS, type_))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and int(text) <= _NUMBER_MAX else 0
