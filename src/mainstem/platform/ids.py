"""Identifiers: 64-bit, unique across all rooms, handed out from blocks so that a batch needs no round trip."""

from mainstem.platform.postgres import Connection

BLOCK = 4096
"""Ids a process takes at a time; those it has not used when it ends are never used."""


class Ids:
    """Hands out ids to one batch at a time; `reserve` must have been called with enough room beforehand."""

    def __init__(self) -> None:
        self._blocks: list[tuple[int, int]] = []
        self._next = 0
        self._end = 0

    @property
    def left(self) -> int:
        """How many ids `take` can still give."""
        return self._end - self._next + sum(end - start for start, end in self._blocks)

    async def reserve(self, connection: Connection, count: int) -> None:
        """Make sure that `count` ids are at hand. Sequences are not transactional: a rollback loses no uniqueness."""
        missing = count - self.left
        if missing <= 0:
            return
        blocks = -(-missing // BLOCK)
        cursor = await connection.execute(
            "select nextval('platform.id_block') from generate_series(1, %s)", (blocks,), prepare=True, binary=True
        )
        self._blocks += [(number * BLOCK, (number + 1) * BLOCK) for (number,) in await cursor.fetchall()]

    def take(self) -> int:
        """The next id."""
        if self._next == self._end:
            self._next, self._end = self._blocks.pop(0)
        self._next += 1
        return self._next - 1
