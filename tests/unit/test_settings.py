"""Settings: precedence, refusals that say what to do, and nothing secret shown."""

import re
import typing
from pathlib import Path

import msgspec
import pytest

from mainstem.platform import settings
from mainstem.platform.settings import (
    FIELDS,
    Settings,
    SettingsError,
    describe,
    load,
    mask_password,
    reference_markdown,
)


def environ(tmp_path: Path, **variables: str) -> dict[str, str]:
    return {"HOME": str(tmp_path), "MAINSTEM_DATA_DIR": str(tmp_path), **variables}


def test_defaults_are_in_force_when_nothing_is_set(tmp_path: Path) -> None:
    loaded = load(environ(tmp_path))
    assert (loaded.host, loaded.port, loaded.workers) == ("127.0.0.1", 8000, 1)
    assert (loaded.batch_size_max, loaded.batch_lanes, loaded.queue_size_max) == (256, 3, 10_000)
    assert loaded.database_url is None
    assert loaded.outbox_poll_seconds == 0.2


def test_environment_beats_file_beats_default_and_the_report_says_so(tmp_path: Path) -> None:
    (tmp_path / "mainstem.toml").write_text('port = 9000\nworkers = 3\nlog_level = "error"\n')
    variables = environ(tmp_path, MAINSTEM_PORT="9100", MAINSTEM_OUTBOX_POLL_SECONDS="1", MAINSTEM_LOG_LEVEL="DEBUG")
    loaded = load(variables)
    assert (loaded.port, loaded.workers, loaded.log_level, loaded.outbox_poll_seconds) == (
        9100,
        3,
        "debug",
        1.0,
    )
    report = {entry.name: entry for entry in describe(variables)}
    assert list(report) == list(FIELDS)
    assert (report["port"].value, report["port"].origin, report["port"].source) == (
        9100,
        "environment",
        "MAINSTEM_PORT",
    )
    assert (report["workers"].origin, report["workers"].source) == ("file", str(tmp_path / "mainstem.toml"))
    assert (report["host"].origin, report["host"].source) == ("default", "")


def test_a_named_file_replaces_the_one_in_the_data_directory(tmp_path: Path) -> None:
    (tmp_path / "mainstem.toml").write_text("port = 1\n")
    (tmp_path / "other.toml").write_text('data_dir = "elsewhere"\n')
    loaded = load({"HOME": str(tmp_path), "MAINSTEM_CONFIG": str(tmp_path / "other.toml")})
    assert loaded.port == 8000
    assert loaded.data_dir == tmp_path / "elsewhere", "a relative path is relative to the file that names it"


def test_an_empty_variable_counts_as_not_set(tmp_path: Path) -> None:
    assert load(environ(tmp_path, MAINSTEM_DATABASE_URL="", MAINSTEM_PORT="", MAINSTEM_CONFIG="")).database_url is None


@pytest.mark.parametrize("euid", [0, 1000])
def test_default_data_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, euid: int) -> None:
    monkeypatch.setattr("os.geteuid", lambda: euid)
    root = Path("/var/lib/mainstem")
    assert load({"HOME": str(tmp_path)}).data_dir == (tmp_path / ".local/share/mainstem" if euid else root)
    assert load({"HOME": "/", "XDG_DATA_HOME": str(tmp_path)}).data_dir == (tmp_path / "mainstem" if euid else root)
    assert load({"HOME": str(tmp_path), "MAINSTEM_DATA_DIR": "~/d"}).data_dir == Path("~/d").expanduser().resolve()


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("MAINSTEM_PROT", "Did you mean MAINSTEM_PORT?"),
        ("MAINSTEM_DATABASE", "Did you mean MAINSTEM_DATABASE_URL?"),
        ("MAINSTEM_CONFIGS", "Did you mean MAINSTEM_CONFIG?"),
        ("MAINSTEM_XYZZY_QUUX", "`mainstem config` lists"),
    ],
)
def test_unknown_variable_is_refused_with_the_nearest(tmp_path: Path, name: str, suggestion: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(environ(tmp_path, **{name: "1"}))
    assert name in refused.value.en
    assert suggestion in refused.value.en
    assert name in refused.value.zh


def test_unknown_key_in_the_file_is_refused_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "mainstem.toml").write_text("batch_sise_max = 3\n")
    with pytest.raises(SettingsError, match=r"batch_sise_max in .*mainstem\.toml .* Did you mean batch_size_max\?"):
        load(environ(tmp_path))


@pytest.mark.parametrize(
    ("name", "raw", "form"),
    [
        ("MAINSTEM_PORT", "http", "'http' is not a whole number from 1 to 65535"),
        ("MAINSTEM_PORT", "0", "0 is not a whole number from 1 to 65535"),
        ("MAINSTEM_PORT", "8000.0", "whole number"),
        ("MAINSTEM_PORT", "8e3", "whole number"),
        ("MAINSTEM_PORT", "9" * 5000, "whole number"),
        ("MAINSTEM_OUTBOX_POLL_SECONDS", "nan", "a number from 0.01 to 60"),
        ("MAINSTEM_OUTBOX_POLL_SECONDS", "0", "a number from 0.01 to 60"),
        ("MAINSTEM_LOG_LEVEL", "loud", "one of debug, info, warning, error"),
        ("MAINSTEM_HOST", "http://x", "a host name or IP address"),
        ("MAINSTEM_DATABASE_URL", "mysql://u:hunter2@h/d", "is not a URL postgresql://"),
        ("MAINSTEM_DATABASE_URL", "host=h password=hunter2", "is not a URL postgresql://"),
    ],
)
def test_bad_value_says_what_where_and_what_to_do(tmp_path: Path, name: str, raw: str, form: str) -> None:
    with pytest.raises(SettingsError) as refused:
        load(environ(tmp_path, **{name: raw}))
    assert f"environment variable {name}: " in refused.value.en
    assert form in refused.value.en
    assert "remove it to use the default" in refused.value.en
    assert re.search("[一-鿿]", refused.value.zh)
    assert "hunter2" not in refused.value.en + refused.value.zh


@pytest.mark.parametrize(
    "line", ['port = "8000"', "port = 80.0", "port = true", "port = [1]", "host = 1", "data_dir = ''"]
)
def test_wrong_type_in_the_file_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "c.toml"
    path.write_text(line)
    with pytest.raises(SettingsError, match=rf"{line.split(maxsplit=1)[0]} in {path}: .* is not a"):
        load({"HOME": str(tmp_path), "MAINSTEM_CONFIG": str(path)})


@pytest.mark.parametrize("content", [b"port = ", b"\xff\xfe", b"a = 1\na = 2"])
def test_a_file_that_is_not_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "mainstem.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=r"mainstem\.toml is not valid TOML in UTF-8"):
        load(environ(tmp_path))


def test_a_named_file_must_exist_and_the_found_one_cannot_move_the_data_directory(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"there is no file .*absent\.toml"):
        load(environ(tmp_path, MAINSTEM_CONFIG=str(tmp_path / "absent.toml")))
    (tmp_path / "mainstem.toml").write_text('data_dir = "/elsewhere"\n')
    with pytest.raises(SettingsError, match="cannot name another"):
        load(environ(tmp_path))


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://u:hunter2@h:5432/d", "postgresql://u:***@h:5432/d"),
        ("postgresql://u:hunter2/@hunter2@h/d", "postgresql://u:***@h/d"),
        ("postgres://u@/d?host=/run&password=hunter2&x=1", "postgres://u@/d?host=/run&password=***&x=1"),
        ("postgresql://u@h:5432/d", "postgresql://u@h:5432/d"),
        ("postgresql:///d", "postgresql:///d"),
    ],
)
def test_only_the_password_is_masked(tmp_path: Path, url: str, shown: str) -> None:
    assert mask_password(url) == shown
    variables = environ(tmp_path, MAINSTEM_DATABASE_URL=url)
    report = next(entry for entry in describe(variables) if entry.name == "database_url")
    assert report.secret
    assert report.value == shown
    assert load(variables).database_url == url
    assert "hunter2" not in repr(load(variables))


def test_every_setting_is_described_in_both_languages_and_its_default_is_valid() -> None:
    for field in FIELDS.values():
        assert field.meta.description, field.name
        assert re.search("[一-鿿]", field.notes.zh), field.name
        if field.type is not Path:
            assert msgspec.convert(field.default, typing.Annotated[field.type, field.meta]) == field.default
        for language in typing.get_args(settings.Language):
            assert f"`{field.variable}`" in reference_markdown(language)


def test_settings_are_frozen(tmp_path: Path) -> None:
    with pytest.raises(AttributeError):
        load(environ(tmp_path)).port = 1  # type: ignore[misc]
    assert isinstance(load(environ(tmp_path)), Settings)
