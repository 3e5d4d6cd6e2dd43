"""The store that somebody works in: the own one of bound people, for others the one they chose, kept in a cookie."""

from urllib.parse import quote, unquote

from mainstem.console.frame import ForbiddenError, Reply, Visit, html, see_other
from mainstem.domains.catalog import NodeView
from mainstem.platform.access.permissions import STOCK_WRITE

COOKIE = "mainstem_store"
COOKIE_SECONDS = 31_536_000


def store_of(visit: Visit) -> NodeView | None:
    """The store of this visit, None while none is chosen. Times of the page are those of its zone.

    `?node=` in the address chooses one; raises ForbiddenError when somebody who is bound names another than his own.
    """
    named = visit.query.get("node", "")
    if visit.node is not None:
        if named not in ("", visit.node.code):
            raise ForbiddenError
        return visit.node
    node = visit.network.node(named or unquote(visit.cookies.get(COOKIE, "")))
    if node is not None:
        visit.require(STOCK_WRITE, node.id)
        visit.zone = node.time_zone
    return node


def work_at(visit: Visit, node: int) -> NodeView:
    """The node that an order or a transfer belongs to; raises ForbiddenError when the person may not work there."""
    visit.require(STOCK_WRITE, node)
    found = visit.network.nodes[node]
    visit.zone = found.time_zone
    return found


def remembered(visit: Visit) -> tuple[tuple[bytes, bytes], ...]:
    """The header that keeps what the address chose."""
    code = visit.query.get("node", "")
    if visit.node is not None or visit.network.node(code) is None:
        return ()
    cookie = f"{COOKIE}={quote(code, safe='')}; Path=/; Max-Age={COOKIE_SECONDS}; HttpOnly; SameSite=Lax"
    return ((b"set-cookie", cookie.encode()),)


def choose(visit: Visit) -> Reply:
    """The page that asks for the store; each choice leads back to where the person wanted to go."""
    nodes = sorted(visit.network.nodes.values(), key=lambda node: (node.kind != "store", node.city, node.name))
    return html(visit, "store/templates/choose.html", nodes=nodes, back=lambda code: visit.url(node=code))


async def change(visit: Visit) -> Reply:
    """The choice again; bound people have none."""
    if visit.node is not None:
        return see_other("/store")
    nodes = sorted(visit.network.nodes.values(), key=lambda node: (node.kind != "store", node.city, node.name))
    return html(visit, "store/templates/choose.html", nodes=nodes, back=lambda code: f"/store?node={quote(code)}")
