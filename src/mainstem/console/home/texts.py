"""Every text of the first page, in English; the catalogue has the Chinese."""

from mainstem.platform.texts import N_, Language, translate

TEXTS: dict[str, str] = {
    "skip": N_("Skip to the figures"),
    "explanation": N_("One customer, one stock, one price, one order: every channel of a retailer in one place."),
    "language": N_("Language"),
    "live": N_("Live"),
    "paused": N_("Connecting again…"),
    "as_of": N_("as of {time}"),
    "loaded": N_("Figures at load; reload the page for newer ones."),
    "today": N_("Sales today"),
    "utc_note": N_("The nodes lie in several time zones, so the day is that of UTC."),
    "nothing_today": N_("Nothing has been sold today yet."),
    "last_day": N_("Last day with sales: {day}"),
    "sales": N_("Sales"),
    "orders": N_("Orders"),
    "units": N_("Units"),
    "basket": N_("Average basket"),
    "gross": N_(
        "Orders placed and sales recorded, before cancellations and returns. Measured goods count as one unit a line."
    ),
    "by_channel": N_("Sales by channel"),
    "channel": N_("Channel"),
    "all_channels": N_("All channels"),
    "simulated": N_("simulated"),
    "by_hour": N_("Sales by hour"),
    "orders_by_hour": N_("Orders by hour"),
    "chart": N_("Bars: what each hour of {day} sold, stacked by channel. The table below has the same figures."),
    "hours_table": N_("The hours as a table"),
    "hour": N_("Hour"),
    "stock": N_("Network stock"),
    "skus": N_("SKUs in stock"),
    "on_hand": N_("Pieces on hand"),
    "measured": N_("Measured goods: {quantities}"),
    "held": N_("Pieces held"),
    "nodes": N_("Nodes"),
    "nodes_with_stock": N_("with stock: {count}"),
    "discrepancies": N_("Open discrepancies"),
    "discrepancies_note": N_("Facts that the stock did not expect"),
    "waiting": N_("Orders waiting"),
    "waiting_note": N_("placed: {placed}, allocated: {allocated}"),
    "held_note": N_("promised, not shipped yet"),
    "derived": N_("derived"),
    "derived_note": N_("Stock is derived, not observed: {count} documents follow the rule {rule}."),
    "top_nodes": N_("Top nodes"),
    "top_nodes_today": N_("By sales today, then by stock"),
    "top_nodes_last": N_("By sales on {day}, then by stock"),
    "node": N_("Node"),
    "node_skus": N_("SKUs"),
    "node_pieces": N_("Pieces"),
    "no_nodes": N_("There are no nodes yet."),
    "feed": N_("Latest events"),
    "time": N_("Time"),
    "event": N_("Event"),
    "amount": N_("Amount"),
    "no_events": N_("Nothing has happened yet."),
    "quality": N_("Data quality"),
    "quality_note": N_("What was odd about recorded facts. They were carried all the same: nothing of them is lost."),
    "finding": N_("Finding"),
    "lines": N_("Count"),
    "no_findings": N_("No findings."),
    "api": N_("The API's description"),
    "sign_in": N_("This page shows business figures"),
    "sign_in_why": N_(
        "On the machine that Mainstem runs on it opens without a key, at http://127.0.0.1 or http://localhost. From"
        " elsewhere it needs an API key with the permission reports:read: reload the page and enter the key as the"
        " password; the user name does not matter."
    ),
    "forbidden": N_("This API key may not see these figures"),
    "forbidden_why": N_(
        "It needs the permission reports:read, for the whole network. Ask an administrator for such a key."
    ),
    "unavailable": N_("There are no figures right now"),
    "unavailable_why": N_("The database does not answer yet, or too much is waiting. Reload the page in a moment."),
}

EVENTS: dict[str, str] = {
    "orders.order_placed": N_("Order placed"),
    "orders.sale_recorded": N_("Sale recorded"),
    "orders.order_paid": N_("Order paid"),
    "orders.order_allocated": N_("Order allocated"),
    "orders.order_shipped": N_("Order shipped"),
    "orders.order_delivered": N_("Order delivered"),
    "orders.order_cancelled": N_("Order cancelled"),
    "orders.order_returned": N_("Order returned"),
    "orders.order_lapsed": N_("Order lapsed"),
    "inventory.discrepancy_found": N_("Discrepancy found"),
    "inventory.stock_received": N_("Stock received"),
    "inventory.stock_adjusted": N_("Stock adjusted"),
    "inventory.stock_counted": N_("Stock counted"),
    "inventory.transfer_sent": N_("Transfer sent"),
    "inventory.transfer_received": N_("Transfer received"),
    "inventory.stock_low": N_("Stock low"),
}
"""What the feed calls each type of event."""

KINDS: dict[str, str] = {
    "oversold": N_("oversold"),
    "counted": N_("counted"),
    "transfer_short": N_("transfer short"),
    "transfer_over": N_("transfer over"),
}
"""The kinds of discrepancies."""

FINDINGS: dict[str, str] = {
    "unknown_product": N_("Product not in the catalogue"),
    "zero_quantity": N_("Quantity 0"),
    "large_quantity": N_("Unusually large quantity"),
    "tender_mismatch": N_("Payments differ from the total"),
}
"""What the codes of findings mean."""


class Texts:
    """The texts in a language; `texts["sales"]`."""

    def __init__(self, language: Language) -> None:
        self.language = language

    def __getitem__(self, name: str) -> str:
        return translate(TEXTS[name], self.language)

    def of(self, table: dict[str, str], code: str) -> str:
        """The text of a code, the code itself when nobody has described it."""
        return translate(table[code], self.language) if code in table else code
