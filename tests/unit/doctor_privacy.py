"""What the doctor has to look at of consent and rights: said, asked for, granted, spent, and erased."""

from collections.abc import Awaitable, Callable
from typing import Any

from mainstem.analytics.private_release import RELEASE_PRIVATELY, PrivateRelease
from mainstem.domains import customers
from mainstem.processes.erase_customer import ERASE_CUSTOMER

consent, rights = customers.consent, customers.rights

Do = Callable[[Any, object], Awaitable[Any]]


async def privacy_life(do: Do) -> None:
    """All of it, through the commands."""
    erased, restricted, known = [
        (await do(customers.IDENTIFY, customers.Identify("desk", f"{name}-at-the-desk"))).record
        for name in ("erased", "restricted", "known")
    ]
    evidence = consent.Evidence("paper", "form 7")
    for record in (erased, known):
        await do(consent.GIVE_CONSENT, consent.GiveConsent(record, "analytics", consent.LATEST, evidence))
        await do(consent.WITHDRAW_CONSENT, consent.WithdrawConsent(record, "marketing", evidence, channel="sms"))
        link = rights.links.MakePrivacyLink(record, b"%032d" % record, b"c" * 32)
        await do(rights.MAKE_PRIVACY_LINK, link)
    await do(rights.OPEN_PRIVACY_PAGE, rights.links.OpenPrivacyPage(b"%032d" % known, b"c" * 32, b"s" * 32))
    await do(rights.OPEN_REQUEST, rights.OpenRequest(known, "access"))
    made = await do(rights.OPEN_REQUEST, rights.OpenRequest(restricted, "restriction", identity="account"))
    for step in ("in_progress", "done"):
        await do(rights.ADVANCE_REQUEST, rights.AdvanceRequest(made.request, step))
    made = await do(rights.OPEN_REQUEST, rights.OpenRequest(erased, "erasure", identity="account", wish="all of it"))
    await do(rights.ADVANCE_REQUEST, rights.AdvanceRequest(made.request, "in_progress"))
    await do(ERASE_CUSTOMER, rights.EraseCustomer(made.request))
    await do(rights.GRANT_PRIVACY_BUDGET, rights.budgets.GrantPrivacyBudget("customers", 1.0, 1e-6))
    await do(RELEASE_PRIVATELY, PrivateRelease("customers", "source", "customers", 0.5, 1e-7))
