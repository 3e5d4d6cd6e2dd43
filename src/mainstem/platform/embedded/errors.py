"""What can go wrong with the embedded database, said to the person who must act, in both languages."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


class EmbeddedError(Exception):
    """The embedded database cannot be used: what, where, what to do, in English (`en`) and Chinese (`zh`)."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.en = en
        self.zh = zh


class StillStartingError(EmbeddedError):
    """The server is alive but not ready within the time allowed; it was left running and can be adopted."""


def disk_full(data_dir: Path) -> EmbeddedError:
    """The error for a disk without space, which is the one cause most worth naming."""
    return EmbeddedError(
        f"The disk that holds {data_dir} is full. Free some space and start again: nothing that was "
        "acknowledged is lost. Or move the folder to a larger disk and set MAINSTEM_DATA_DIR.",
        f"{data_dir} 所在的磁盘已满。请释放空间后重新启动：已确认的数据不会丢失。"
        "也可以将该目录移至更大的磁盘并设置 MAINSTEM_DATA_DIR。",
    )


@contextmanager
def explained(data_dir: Path) -> Iterator[None]:
    """Turn errors of the operating system and of the server into `EmbeddedError`."""
    try:
        yield
    except psycopg.Error as error:
        if isinstance(error, psycopg.errors.DiskFull):
            raise disk_full(data_dir) from error
        raise EmbeddedError(
            f"The embedded database in {data_dir} answers: {str(error).strip()}. Its log is in postgres/log there.",
            f"{data_dir} 中的内嵌数据库返回：{str(error).strip()}。日志位于其中的 postgres/log。",
        ) from error
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise disk_full(data_dir) from error
        where = error.filename or data_dir
        raise EmbeddedError(
            f"The embedded database in {data_dir} cannot be used: {error.strerror} ({where}). Run as the OS "
            "user who owns it, or choose another folder with MAINSTEM_DATA_DIR.",
            f"无法使用 {data_dir} 中的内嵌数据库：{error.strerror}（{where}）。"
            "请以其所有者的身份运行，或用 MAINSTEM_DATA_DIR 选择另一个目录。",
        ) from error
