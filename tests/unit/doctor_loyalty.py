"""What happens to points and cards in the doctor's database."""

from mainstem.domains import loyalty
from mainstem.platform.execution import Executor
from tests.unit.loyalty_club import Club, line
from tests.vaults import VAULT


async def loyalty_life(executor: Executor) -> None:
    """Points that wait, are spent, held, taken back and owed; benefits, adjustments; cards in every state."""
    club = Club(executor)
    await club.programme()
    customer, member = await club.both()
    await club.credit(member, 300)
    order, _ = await club.order(customer, [line(1, 4, 60000), line(2, 1, 700)], burn=100)
    await club.back(order, {1: 1})
    await club.order(customer, [line(1, 1, 9000)], burn=50, settle=False)
    lapsed, _ = await club.order(customer, [line(1, 1, 9000)], burn=10, settle=False)
    await club.release(lapsed)
    await club.do(loyalty.REDEEM_REWARD, loyalty.RedeemReward(member, "tea"))
    await club.do(loyalty.GRANT_BENEFIT, loyalty.GrantBenefit(member, "lounge", "summer", 2))
    await club.do(loyalty.USE_BENEFIT, loyalty.UseBenefit(member, "lounge"))
    await club.do(loyalty.ADJUST_POINTS, loyalty.AdjustPoints(member, 5000, "much"))
    other, owing = await club.both()
    gone, _ = await club.order(other, [line(1, 1, 5000)])
    await club.do(loyalty.REDEEM_REWARD, loyalty.RedeemReward(owing, "tea"))
    await club.back(gone, {1: 1})
    await club.programme(1, pending_days=9)
    await club.order(other, [line(1, 2, 4000)])
    cards = []
    for number, active in enumerate((False, True, True)):
        terms = loyalty.CardTerms(1, "EUR", 1000, "DE", active=active)
        issuance = loyalty.issue_cards(VAULT, terms, f"doctor {number}", actor=7)
        (outcome,) = await executor.execute(loyalty.ISSUE_CARDS, [issuance.call])
        cards += issuance.cards(outcome)
    wish = loyalty.RedeemCard(cards[1].code or "", cards[1].pin or "", 400, "EUR", "till")
    paid = await club.do(loyalty.REDEEM_CARD, wish)
    await club.do(loyalty.REFUND_CARD, loyalty.RefundCard(paid.use, 100))
    await club.do(loyalty.FREEZE_CARD, loyalty.FreezeCard(cards[2].card, frozen=True, reason="lost"))
    await club.do(loyalty.ISSUE_CREDIT, loyalty.IssueCredit(other, "EUR", 250, "DE", "late"))
