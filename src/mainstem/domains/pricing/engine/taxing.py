"""Tax on what is left of prices, integers only."""

from mainstem.domains.pricing.engine.spreading import half_up

MILLION = 1_000_000


def tax_of(amount_minor: int, rate_millionths: int, *, included: bool) -> int:
    """The tax in an amount, or on top of it, rounded half up. Never negative, for an amount that is not."""
    if not rate_millionths:
        return 0
    return half_up(amount_minor * rate_millionths, MILLION + rate_millionths if included else MILLION)
