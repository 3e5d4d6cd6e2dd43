"""The overview's pages, and the figures that are kept fresh while somebody looks."""

from http import HTTPStatus

from mainstem.console.frame import Desk, Page, Reply, Visit, html, see_other, stream
from mainstem.console.frame.navigation import first_place
from mainstem.console.overview.board import Board
from mainstem.console.overview.reading import Reader
from mainstem.console.overview.render import Edition, Press
from mainstem.console.overview.stockouts import stockouts_page
from mainstem.console.overview.stream import LISTENERS_MAX, messages
from mainstem.console.overview.wanted import LIST_PERMISSIONS, Wanted, wanted
from mainstem.platform.access.permissions import REPORTS_READ, STOCK_READ
from mainstem.platform.texts import Language


class Overview:
    """The board of one process, rendered once for all who look at the same."""

    def __init__(self, desk: Desk) -> None:
        self._board = Board(Reader(desk.database))
        self._press = Press()
        self.pages = (
            Page("GET", "/", "signed_in", self._show, nav="overview"),
            Page("GET", "/live", REPORTS_READ, self._live),
            Page("GET", "/stock-outs", STOCK_READ, self._stockouts, nav="stock"),
        )

    async def run(self) -> None:
        """Keep the figures fresh until told to stop."""
        await self._board.run()

    def stop(self) -> None:
        """End the loops, and the streams to open pages."""
        self._board.stop()

    async def _show(self, visit: Visit) -> Reply:
        if visit.node is not None or not visit.allowed(REPORTS_READ):
            return see_other(first_place(visit.caller))
        if await self._board.ask() is None:
            return html(visit, "frame/templates/unavailable.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
        asked = _wanted(visit)
        edition = self._edition(visit.language, asked)
        return html(visit, "overview/templates/overview.html", parts=edition.parts, live_url=asked.url("/live"))

    async def _live(self, visit: Visit) -> Reply:
        board = self._board
        if board.stopping or board.watchers >= LISTENERS_MAX:
            return html(visit, "frame/templates/unavailable.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
        language, asked = visit.language, _wanted(visit)
        return stream(messages(board, lambda: self._edition(language, asked)))

    async def _stockouts(self, visit: Visit) -> Reply:
        await self._board.ask()
        return await stockouts_page(visit, self._board.counted)

    def _edition(self, language: Language, asked: Wanted) -> Edition:
        assert self._board.figures is not None
        return self._press.edition(self._board.figures, self._board.version, language, asked)


def _wanted(visit: Visit) -> Wanted:
    return wanted(visit.query, {permission for permission in LIST_PERMISSIONS if visit.allowed(permission)})
