"""Loyalty on the page of a customer: his memberships and his store credit, becoming a member, giving credit."""

from mainstem.console.customers.filters import main_currency
from mainstem.console.customers.head import Head, head_of
from mainstem.console.frame import Form, Problem, Reply, Visit, html, see_other
from mainstem.console.loyalty import words
from mainstem.console.loyalty.reading import amount_of, day_of, kept_programmes
from mainstem.domains import loyalty
from mainstem.kernel.money import CURRENCIES
from mainstem.platform.access.permissions import CUSTOMERS_READ, GIFTCARDS_WRITE, LOYALTY_READ, LOYALTY_WRITE
from mainstem.platform.query import ask


async def show(visit: Visit) -> Reply:
    """What the customer of the address has."""
    visit.require(LOYALTY_READ)
    return await _page(visit)


async def enrol(visit: Visit) -> Reply:
    """Make the customer a member."""
    visit.require(CUSTOMERS_READ)
    form = await visit.form()
    number: int = visit.path["customer"]
    brought = "".join(form.text("referred_by").split())
    done = await visit.run(loyalty.ENROL, loyalty.Enrol(form.text("programme"), number, brought), form.text("key"))
    if isinstance(done, Problem):
        return await _page(visit, done, form)
    return see_other(f"/members/{done.member}", notice=visit.t("The customer is a member now."))


async def crediting(visit: Visit) -> Reply:
    """The form of giving store credit."""
    visit.require(CUSTOMERS_READ)
    return await _credit(visit)


async def credit(visit: Visit) -> Reply:
    """Give the customer store credit."""
    visit.require(CUSTOMERS_READ)
    form = await visit.form()
    number: int = visit.path["customer"]
    currency = form.text("currency")
    minor = amount_of(visit, form.text("amount_minor"), currency, "/amount_minor")
    if isinstance(minor, Problem):
        return await _credit(visit, form, minor)
    until = day_of(visit, form.text("expires_on"), "/expires_on")
    if isinstance(until, Problem):
        return await _credit(visit, form, until)
    command = loyalty.IssueCredit(number, currency, minor, form.text("country").upper(), form.text("reason"), until)
    done = await visit.run(loyalty.ISSUE_CREDIT, command, form.text("key"))
    if isinstance(done, Problem):
        return await _credit(visit, form, done)
    given = visit.fmt.money(minor, currency)
    return see_other(
        f"/customers/{number}/loyalty", notice=visit.t("{amount} of store credit are given.", amount=given)
    )


async def _head(visit: Visit) -> tuple[Head, list[loyalty.MemberView], list[loyalty.CardView], dict[str, loyalty.Kept]]:
    async with visit.desk.database.snapshot() as connection:
        head = await head_of(visit, connection, visit.path["customer"])
        views = await loyalty.members_of(connection, visit.desk.vault, head.id)
        (cards,) = await ask(connection, loyalty.cards_of(tuple(head.view.records)))
        kept = await kept_programmes(connection)
    return head, views, cards, kept


async def _page(visit: Visit, problem: Problem | None = None, form: Form | None = None) -> Reply:
    head, views, cards, kept = await _head(visit)
    joined = {one.programme for one in views}
    tiers = {
        (code, tier.code): words.said(visit, tier.name)
        for code, one in kept.items()
        for tier in (one.form.tiers.steps if one.form.tiers else ())
    }
    return html(
        visit,
        "loyalty/templates/tab.html",
        status=problem.status if problem else 200,
        head=head,
        tab="loyalty",
        views=views,
        cards=cards,
        words=words,
        names={code: words.said(visit, one.form.name) for code, one in kept.items()},
        tiers=tiers,
        burnable={code for code, one in kept.items() if one.form.burn},
        open=[(code, words.said(visit, one.form.name)) for code, one in kept.items() if code not in joined],
        may_enrol=visit.allowed(LOYALTY_WRITE) and not head.erased,
        may_credit=visit.allowed(GIFTCARDS_WRITE) and not head.erased,
        problem=problem,
        typed={} if form is None else form.typed(),
    )


async def _credit(visit: Visit, form: Form | None = None, problem: Problem | None = None) -> Reply:
    head, _, _, _ = await _head(visit)
    used = {one.currency for one in visit.network.channels.values()}
    return html(
        visit,
        "loyalty/templates/credit.html",
        status=problem.status if problem else 200,
        head=head,
        tab="loyalty",
        problem=problem,
        typed={"currency": main_currency(visit)} if form is None else form.typed(),
        currencies=[(one, one) for one in sorted(used or CURRENCIES)],
    )
