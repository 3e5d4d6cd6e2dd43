"""A pipeline whose statements travel together.

psycopg sends every statement of a pipeline as soon as it is executed: a system call each, and a server process woken
for each while we are still busy with the next. Here they wait until the pipeline is synchronised.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from psycopg import AsyncConnection, AsyncPipeline
from psycopg.abc import PQGen
from psycopg.generators import send


class _Together(AsyncPipeline):
    _complete = False

    def _enqueue_sync(self) -> None:
        super()._enqueue_sync()
        self._complete = True

    def _communicate_gen(self) -> PQGen[None]:
        if self._complete:
            self._complete = False
            yield from super()._communicate_gen()
            # What did not fit into the socket must not stay behind: the server may say nothing until it has it.
            yield from send(self.pgconn)


class PipelinedConnection(AsyncConnection[Any]):
    """A connection whose `pipeline()` sends its statements together."""

    @asynccontextmanager
    async def pipeline(self) -> AsyncIterator[AsyncPipeline]:
        """Statements executed in the block are sent when it ends; so is a commit in it, with them."""
        async with self.lock:
            self._check_connection_ok()
            outermost = self._pipeline is None
            pipeline = self._pipeline = self._pipeline or _Together(self)
        try:
            async with pipeline:
                yield pipeline
        finally:
            if outermost:
                async with self.lock:
                    self._pipeline = None
