"""Taxes of a quote as an order carries them: one line for each name and rate. Pure."""

from mainstem.domains import orders, pricing

o = pricing.offering


def tax_lines(basket: o.Basket, quoted: o.Quoted) -> tuple[orders.TaxLine, ...]:
    """The taxes, which add up to that of the quote; what has neither rate nor tax is left out."""
    sums: dict[tuple[str, int], int] = {}
    rates = {line.position: (line.tax_name, line.tax_millionths) for line in basket.lines}
    for line in quoted.lines:
        key = rates[line.position]
        sums[key] = sums.get(key, 0) + line.tax_minor
    of_delivery = quoted.tax_minor - sum(line.tax_minor for line in quoted.lines)
    if of_delivery:
        rate = basket.delivery.tax_millionths
        key = next((one for one in sums if one[1] == rate), ("", rate))
        sums[key] = sums.get(key, 0) + of_delivery
    return tuple(
        orders.TaxLine(name, amount, rate, basket.tax_included)
        for (name, rate), amount in sorted(sums.items())
        if rate or amount
    )
