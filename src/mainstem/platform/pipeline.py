"""A pipeline whose statements travel together: `begin`, statements and `commit` in one packet, one answer awaited.

psycopg sends every statement of a pipeline as soon as it is executed, and waits for a `begin` and for a `commit` on
their own: a system call each, and a server process woken for each while we are still busy with the next. Here they wait
until the block ends.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psycopg
from psycopg import AsyncConnection, AsyncPipeline
from psycopg.abc import PQGen
from psycopg.generators import send
from psycopg.pq import TransactionStatus


class _Together(AsyncPipeline):
    begun = False  # a `begin` waits to be sent
    over = False  # the commit has been asked for
    _synchronised = False

    def _enqueue_sync(self) -> None:
        super()._enqueue_sync()
        self._synchronised = True

    def _exit_gen(self) -> PQGen[None]:
        if self.result_queue:
            yield from super()._exit_gen()

    def _communicate_gen(self) -> PQGen[None]:
        """Called after every statement: nothing is sent before the answers are wanted."""
        yield from ()

    def _fetch_gen(self, *, flush: bool) -> PQGen[None]:
        if not self.command_queue:
            return
        if flush and not self._synchronised:  # else the server would keep its answers to itself
            self.command_queue.append(self.pgconn.send_flush_request)
        self.begun = self._synchronised = False
        while self.command_queue:
            self.command_queue.popleft()()
        # What did not fit into the socket must not stay behind: the server may say nothing until it has it.
        yield from send(self.pgconn)
        yield from super()._fetch_gen(flush=False)


class PipelinedConnection(AsyncConnection[Any]):
    """A connection whose `pipeline()` sends its statements together."""

    @asynccontextmanager
    async def pipeline(self) -> AsyncIterator[AsyncPipeline]:
        """Statements executed in the block are sent when it ends; so is a commit, which must be the last of it.

        Raises `psycopg.ProgrammingError` for a statement after the commit.
        """
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

    def _start_query(self) -> PQGen[None]:
        pipeline = self._pipeline
        if not isinstance(pipeline, _Together):
            yield from super()._start_query()
            return
        if pipeline.over:
            msg = "the commit is the last statement of a pipeline"
            raise psycopg.ProgrammingError(msg)
        if not (pipeline.begun or self._autocommit) and self.pgconn.transaction_status == TransactionStatus.IDLE:
            yield from self._exec_command(self._get_tx_start_command())
            pipeline.begun = True

    def _commit_gen(self) -> PQGen[None]:
        pipeline = self._pipeline
        if not isinstance(pipeline, _Together):
            yield from super()._commit_gen()
        elif pipeline.begun or self.pgconn.transaction_status != TransactionStatus.IDLE:
            yield from self._exec_command(b"COMMIT")
            pipeline.over = True
