"""How a command ends: its exit codes, and every failure as one clear line."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import TYPE_CHECKING, NoReturn

from mainstem.entrypoints.language import chinese, say

if TYPE_CHECKING:
    from mainstem.kernel.refusals import Refusal
    from mainstem.platform.texts import Language


class Exit(IntEnum):
    """The exit codes of `mainstem`."""

    OK = 0
    FOUND = 1
    """A check found something, or rows were refused."""
    USAGE = 2
    """The command line cannot be read."""
    DATABASE = 3
    """The database cannot be reached, started or used."""
    SETTINGS = 4
    """A setting was refused."""
    DEFECT = 70
    """Something failed on our side (EX_SOFTWARE)."""
    INTERRUPTED = 130


class CommandError(Exception):
    """Ends a command with a code and one line: what, where, what to do."""

    def __init__(self, code: Exit, en: str, zh: str) -> None:
        super().__init__(en)
        self.code = code
        self.en = en
        self.zh = zh


@contextmanager
def explained() -> Iterator[None]:
    """Turn what a command raises into its line and exit code; with MAINSTEM_LOG_LEVEL=debug the traceback comes too."""
    import click

    try:
        yield
    except (click.exceptions.Exit, click.ClickException, SystemExit):
        raise
    except (KeyboardInterrupt, click.Abort):
        _end(Exit.INTERRUPTED, say("Interrupted.", "已中断。"))
    except BrokenPipeError:
        # Who read the output has gone; what is left in the buffer must not complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(Exit.OK) from None
    except Exception as error:  # noqa: BLE001 - the edge
        if os.environ.get("MAINSTEM_LOG_LEVEL", "").strip().lower() == "debug":
            import traceback

            traceback.print_exc()
        _end(*_translated(error))


def _translated(error: Exception) -> tuple[Exit, str]:
    import psycopg
    from psycopg_pool import PoolTimeout

    from mainstem.kernel.refusals import RefusedError
    from mainstem.platform.embedded import EmbeddedError
    from mainstem.platform.migrations import MigrationError
    from mainstem.platform.settings import SettingsError

    if isinstance(error, CommandError):
        return error.code, say(error.en, error.zh)
    if isinstance(error, SettingsError):
        return Exit.SETTINGS, say(error.en, error.zh)
    if isinstance(error, (EmbeddedError, MigrationError)):
        return Exit.DATABASE, say(error.en, error.zh)
    if isinstance(error, (psycopg.OperationalError, PoolTimeout)):
        told = " ".join(str(error).split())
        return Exit.DATABASE, say(
            f"The database cannot be reached: {told}. Check MAINSTEM_DATABASE_URL (`mainstem config`) and the server.",
            f"无法连接数据库：{told}。请检查 MAINSTEM_DATABASE_URL（`mainstem config`）与数据库服务器。",
        )
    if isinstance(error, RefusedError):
        return Exit.FOUND, refused(error.refusal)
    told = " ".join(f"{type(error).__name__}: {error}".split())
    return Exit.DEFECT, say(
        f"{told}. This is a defect of Mainstem; MAINSTEM_LOG_LEVEL=debug shows where.",
        f"{told}。这是 Mainstem 的缺陷；设置 MAINSTEM_LOG_LEVEL=debug 可查看位置。",
    )


def refused(refusal: "Refusal") -> str:
    """What a refusal says, in the language of the person."""
    from mainstem.kernel.refusals import REGISTRY
    from mainstem.platform.texts import translate

    code = REGISTRY[refusal.code]
    language: Language = "zh" if chinese() else "en"
    return " ".join(translate(text, language).format_map(refusal.params) for text in (code.message, code.remedy))


def _end(code: Exit, line: str) -> NoReturn:
    print(f"mainstem: {line}", file=sys.stderr)
    raise SystemExit(code)
