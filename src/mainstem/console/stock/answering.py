"""Pages of the room: its templates with what all of them use."""

from typing import Any

from mainstem.console.frame import Reply, Visit, html
from mainstem.console.stock.finding import node_url, sku_url


def answer(visit: Visit, template: str, *, status: int = 200, **values: Any) -> Reply:  # noqa: ANN401 - of any template
    """A template of the room."""

    def node_name(code: str) -> str:
        node = visit.network.node(code)
        return code if node is None else node.name

    def channel_name(code: str) -> str:
        channel = visit.network.channel(code)
        return code if channel is None else channel.name

    return html(
        visit,
        f"stock/templates/{template}.html",
        status=status,
        node_name=node_name,
        channel_name=channel_name,
        sku_url=sku_url,
        node_url=node_url,
        **values,
    )
