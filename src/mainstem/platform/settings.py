"""Settings: every knob of Mainstem, declared once; where each value came from; and its reference.

Sources, first match wins: the environment variable `MAINSTEM_<NAME>`, a TOML file, the default. The file is
the one named by `MAINSTEM_CONFIG`, else `mainstem.toml` in the data directory if it is there. An empty
variable counts as not set. The struct below is the declarative table: types, bounds and texts come from it.
"""

import difflib
import os
import re
import sys
import tomllib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

PREFIX = "MAINSTEM_"
CONFIG_VARIABLE = "MAINSTEM_CONFIG"
CONFIG_FILE = "mainstem.toml"
ROOT_DATA_DIR = Path("/var/lib/mainstem")

Language = Literal["en", "zh"]
Origin = Literal["default", "environment", "file"]
Value = str | int | float | Path | None


class SettingsError(Exception):
    """A setting that cannot be used: what, where and what to do, in English (`en`) and Chinese (`zh`)."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.en = en
        self.zh = zh


def _about(en: str, zh: str, low: float | None = None, high: float | None = None, **notes: object) -> Meta:
    return Meta(description=en, ge=low, le=high, extra={"zh": zh, **notes})


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings, validated. Units are in the names; `repr` masks passwords. Build it with `load`."""

    database_url: Annotated[
        str | None,
        _about(
            "PostgreSQL 15 or newer to use; without it an embedded one is started in `data_dir`.",
            "要使用的 PostgreSQL（15 或更新版本）；不设置时在 `data_dir` 中启动内嵌的 PostgreSQL。",
            secret=True,
            pattern=r"postgres(ql)?://\S+",
            form=(
                "a URL postgresql://user:password@host:port/database",
                "形如 postgresql://用户:密码@主机:端口/库名 的 URL",
            ),
        ),
    ] = None
    data_dir: Annotated[
        Path,
        _about(
            "Folder of the embedded database, the lake and `mainstem.toml`. As root the database runs as "
            "another OS user, who must be able to pass every folder above it.",
            "内嵌数据库、数据湖与 `mainstem.toml` 所在的目录。以 root 运行时，数据库以另一个系统用户运行，"
            "该用户必须能进入其每一级上层目录。",
            default=(
                "`/var/lib/mainstem` as root, else `$XDG_DATA_HOME/mainstem`, else `~/.local/share/mainstem`",
                "root 用户为 `/var/lib/mainstem`，否则为 `$XDG_DATA_HOME/mainstem`，再否则为 `~/.local/share/mainstem`",
            ),
        ),
    ] = ROOT_DATA_DIR
    host: Annotated[
        str,
        _about(
            "Address the HTTP server listens on.",
            "HTTP 服务监听的地址。",
            pattern=r"[^\s/]+",
            form=("a host name or IP address", "主机名或 IP 地址"),
        ),
    ] = "127.0.0.1"
    port: Annotated[int, _about("TCP port of the HTTP server.", "HTTP 服务的 TCP 端口。", 1, 65535)] = 8000
    workers: Annotated[int, _about("Number of API processes.", "API 进程数。", 1, 64)] = 1
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        _about("Least severe level that is logged.", "记录日志的最低级别。"),
    ] = "info"
    log_format: Annotated[
        Literal["console", "json"],
        _about(
            "Form of the log lines on standard error.",
            "标准错误输出上日志行的格式。",
            default=("`console` on a terminal, else `json`", "终端上为 `console`，否则为 `json`"),
        ),
    ] = "console"
    batch_size_max: Annotated[int, _about("Commands in one batch.", "一个批次最多包含的命令数。", 1, 10_000)] = 256
    batch_lanes: Annotated[
        int, _about("Batches of one process in flight at once.", "每个进程同时执行的批次数。", 1, 16)
    ] = 3
    queue_size_max: Annotated[
        int,
        _about(
            "Commands that may wait for a batch; beyond it requests are answered as busy.",
            "允许排队等待批次的命令数；超出后请求得到“繁忙”的答复。",
            1,
            1_000_000,
        ),
    ] = 10_000
    body_bytes_max: Annotated[
        int, _about("Size of one request body.", "单个请求正文的最大字节数。", 1_000, 1_000_000_000)
    ] = 8_000_000
    upload_bytes_max: Annotated[
        int, _about("Size of one file sent to be imported.", "单个上传导入文件的最大字节数。", 1_000, 1_000_000_000)
    ] = 50_000_000
    idempotency_retention_days: Annotated[
        int,
        _about(
            "How long answers are kept for repeated idempotency keys.",
            "为重复的幂等键保留答复的天数。",
            1,
            3_650,
        ),
    ] = 30
    disclosure_retention_days: Annotated[
        int,
        _about(
            "Days for which it is remembered who saw personal data of whom; people read it on their privacy page.",
            "保留“谁查看过谁的个人信息”记录的天数；本人可在隐私页面查看。",
            1,
            3650,
        ),
    ] = 730
    statement_timeout_seconds: Annotated[
        int, _about("Longest run of one SQL statement.", "单条 SQL 语句的最长执行秒数。", 1, 86_400)
    ] = 60
    lock_timeout_seconds: Annotated[
        int, _about("Longest wait for a database lock.", "等待数据库锁的最长秒数。", 1, 3_600)
    ] = 10
    pool_size: Annotated[int, _about("Database connections of one process.", "每个进程的数据库连接数。", 1, 1_000)] = 8
    outbox_poll_seconds: Annotated[
        float, _about("Pause between two looks at the outbox.", "两次查看发件箱之间的间隔秒数。", 0.01, 60)
    ] = 0.2
    shutdown_seconds_max: Annotated[
        int,
        _about("Longest wait for requests in flight at shutdown.", "停机时等待在途请求完成的最长秒数。", 1, 3_600),
    ] = 30
    secret_key: Annotated[
        str | None,
        _about(
            "Key that encrypts secrets at rest, such as those of two-step sign-in: 32 bytes in Base64. Several,"
            " separated by commas: the first encrypts, all decrypt. Without it one is made in `data_dir`, in"
            " `secret.key`; keep a copy apart from the database's backups.",
            "加密静态敏感数据（如两步验证密钥）的密钥：32 字节的 Base64 文本。可用逗号分隔多个：第一个用于加密，"
            "全部可用于解密。"
            "不设置时在 `data_dir` 的 `secret.key` 中自动生成；请与数据库备份分开保存一份副本。",
            secret=True,
            pattern=r"[A-Za-z0-9+/]{43}=(,\s*[A-Za-z0-9+/]{43}=)*",
            form=("32 bytes in Base64, or several separated by commas", "32 字节的 Base64 文本，或以逗号分隔的多个"),
        ),
    ] = None
    kms_command: Annotated[
        str | None,
        _about(
            "Command that lets a key management service wrap the keys under which personal data is encrypted, in place"
            " of `secret_key`. It is run with `wrap` or `unwrap` and a purpose as last arguments, reads a line of"
            " Base64 and writes one; it is asked when a process starts and by `mainstem vault rotate`.",
            "由密钥管理服务（KMS）代替 `secret_key` 封装个人数据加密密钥的命令。运行时末尾附加 `wrap` 或 `unwrap`"
            " 以及用途两个参数，从标准输入读取一行 Base64 文本并输出一行；"
            "仅在进程启动时以及 `mainstem vault rotate` 时调用。",
            form=("a command with its arguments", "命令及其参数"),
            pattern=r"\S.*",
        ),
    ] = None
    oidc_issuer: Annotated[
        str | None,
        _about(
            "Issuer URL of an OpenID Connect provider that people may sign in with; its endpoints are discovered.",
            "可用于登录的 OpenID Connect 身份提供方的签发者 URL；其端点自动发现。",
            pattern=r"https?://[^\s?#]+",
            form=("a URL https://host/path", "形如 https://主机/路径 的 URL"),
        ),
    ] = None
    oidc_client_id: Annotated[
        str | None, _about("Client id of Mainstem at that provider.", "Mainstem 在该身份提供方处的客户端 ID。")
    ] = None
    oidc_client_secret: Annotated[
        str | None,
        _about("Client secret of Mainstem at that provider.", "Mainstem 在该身份提供方处的客户端密钥。", secret=True),
    ] = None
    oidc_role_claim: Annotated[
        str,
        _about(
            "Claim of the ID token, a text or a list of texts, that gives roles.",
            "ID 令牌中决定角色的声明，其值为文本或文本列表。",
        ),
    ] = "groups"
    oidc_roles: Annotated[
        str,
        _about(
            "Which role a value of that claim gives: `value=role`, separated by commas, the first that fits. Whoever"
            " gets none must have been invited under the e-mail address that the provider has verified.",
            "该声明的取值对应的角色：`取值=角色`，以逗号分隔，取第一个匹配项。没有匹配角色者，"
            "必须已按身份提供方验证过的邮箱地址受邀。",
            pattern=r"([^=,]+=[a-z_]+(,\s*)?)*",
            form=("value=role, separated by commas", "以逗号分隔的 取值=角色"),
            default=("none", "无"),
        ),
    ] = ""
    engine: Annotated[
        Literal["duckdb", "spark"],
        _about(
            "Where analytics computes. Spark needs the extra `mainstem[spark]` and Java 17.",
            "分析任务的计算引擎。Spark 需要安装 `mainstem[spark]` 附加组件和 Java 17。",
        ),
    ] = "duckdb"
    spark_master: Annotated[
        str,
        _about(
            "Where Spark runs, when `engine` is `spark`: in this process with so many threads, or a cluster.",
            "`engine` 为 `spark` 时 Spark 的运行位置：在本进程中以若干线程运行，或在集群上运行。",
            pattern=r"local(\[(\d+|\*)\])?|yarn|(spark|k8s)://\S+",
            form=(
                "`local[N]`, `local[*]`, `yarn`, or a URL spark://host:port",
                "`local[N]`、`local[*]`、`yarn` 或形如 spark://主机:端口 的 URL",
            ),
        ),
    ] = "local[*]"

    def __repr__(self) -> str:
        return f"Settings({', '.join(f'{name}={_shown(name, getattr(self, name))!r}' for name in FIELDS)})"


class SettingReport(msgspec.Struct, frozen=True):
    """One setting as it stands: `value` masked if `secret`; `source` the variable or file, "" by default."""

    name: str
    value: str | int | float | None
    origin: Origin
    source: str
    description: str
    description_zh: str
    secret: bool


class Notes(msgspec.Struct, frozen=True):
    """What a declaration says beyond type, bounds and the English text; pairs are English and Chinese."""

    zh: str
    secret: bool = False
    pattern: str | None = None
    form: tuple[str, str] | None = None
    default: tuple[str, str] | None = None


class Field(msgspec.Struct, frozen=True):
    """What the struct declares of one setting."""

    name: str
    type: Any
    meta: Meta
    default: Value
    notes: Notes

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return PREFIX + self.name.upper()


class _Found(msgspec.Struct, frozen=True):
    value: Any
    origin: Origin = "default"
    source: str = ""


def _fields() -> dict[str, Field]:
    hints = typing.get_type_hints(Settings, include_extras=True)
    found = {}
    for declared in msgspec.structs.fields(Settings):
        base, meta = typing.get_args(hints[declared.name])
        found[declared.name] = Field(declared.name, base, meta, declared.default, msgspec.convert(meta.extra, Notes))
    return found


FIELDS: Mapping[str, Field] = types.MappingProxyType(_fields())


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force.

    Raises `SettingsError` for an unknown variable or key, a value out of its bounds and an unreadable file.
    """
    return Settings(**{name: found.value for name, found in _resolve(environ).items()})


def describe(environ: Mapping[str, str] = os.environ) -> list[SettingReport]:
    """Every setting in declared order with its value, masked where secret, and where the value came from."""
    return [
        SettingReport(
            name=name,
            value=_shown(name, found.value),
            origin=found.origin,
            source=found.source,
            description=FIELDS[name].meta.description or "",
            description_zh=FIELDS[name].notes.zh,
            secret=FIELDS[name].notes.secret,
        )
        for name, found in _resolve(environ).items()
    ]


def reference_markdown(language: Language = "en") -> str:
    """The settings as a Markdown table, for the documentation."""
    chinese = language == "zh"
    rows = [
        "| 环境变量 | 文件中的键 | 取值 | 默认值 | 含义 |"
        if chinese
        else "| variable | key in the file | value | default | meaning |",
        "| --- | --- | --- | --- | --- |",
    ]
    for field in FIELDS.values():
        text = field.notes.zh if chinese else field.meta.description
        special = field.notes.default
        default = special[chinese] if special else "" if field.default is None else f"`{field.default}`"
        rows.append(f"| `{field.variable}` | `{field.name}` | {_form(field)[chinese]} | {default} | {text} |")
    return "\n".join(rows) + "\n"


def mask_password(url: str) -> str:
    """A database URL that can be shown: the password, in the user part or as a parameter, becomes `***`."""
    shown = re.sub(r"(://[^:/?#@]*:).*@", r"\1***@", url)
    return re.sub(r"(?i)([?&](?:ssl)?password=)[^&#]*", r"\1***", shown)


def shown(settings: Settings, name: str) -> str:
    """A setting as it is in force, masked where secret; "" for none."""
    value = _shown(name, getattr(settings, name))
    return "" if value is None else str(value)


def _shown(name: str, value: Value) -> str | int | float | None:
    if FIELDS[name].notes.secret and isinstance(value, str):
        return mask_password(value) if "://" in value else "***"
    return str(value) if isinstance(value, Path) else value


def _resolve(environ: Mapping[str, str]) -> dict[str, _Found]:
    found = {field.name: _Found(_default(field, environ)) for field in FIELDS.values()}
    from_environment = _from_environment(environ)
    data_dir = from_environment.get("data_dir", found["data_dir"]).value
    return found | _from_file(environ, data_dir) | from_environment


def _default(field: Field, environ: Mapping[str, str]) -> Value:
    if field.name == "log_format":
        return "console" if sys.stderr is not None and sys.stderr.isatty() else "json"
    if field.name != "data_dir":
        return field.default
    if os.geteuid() == 0:
        return ROOT_DATA_DIR
    shared = environ.get("XDG_DATA_HOME", "")
    # The XDG specification says that a relative path is to be ignored.
    base = Path(shared) if shared.startswith("/") else Path(environ.get("HOME") or Path.home()) / ".local" / "share"
    return base / "mainstem"


def _from_environment(environ: Mapping[str, str]) -> dict[str, _Found]:
    known = {field.variable: field for field in FIELDS.values()}
    found = {}
    for variable in sorted(name for name in environ if name.startswith(PREFIX) and name != CONFIG_VARIABLE):
        if variable not in known:
            raise _unknown(variable, [*known, CONFIG_VARIABLE], "the environment", "环境变量")
        if raw := environ[variable]:
            field = known[variable]
            value = _converted(
                field, _from_text(field, raw), Path.cwd(), (f"environment variable {variable}", f"环境变量 {variable}")
            )
            found[field.name] = _Found(value, "environment", variable)
    return found


def _from_file(environ: Mapping[str, str], data_dir: Path) -> dict[str, _Found]:
    named = environ.get(CONFIG_VARIABLE)
    path = Path(named).expanduser().absolute() if named else data_dir / CONFIG_FILE
    found = {}
    for key, raw in _parsed(path, required=bool(named)).items():
        if key not in FIELDS:
            raise _unknown(key, list(FIELDS), str(path), str(path))
        if key == "data_dir" and not named:
            raise SettingsError(
                f"data_dir in {path}: the file is found through the data directory, so it cannot name "
                f"another one. Set MAINSTEM_DATA_DIR, or name the file in {CONFIG_VARIABLE}.",
                f"{path} 中的 data_dir：该文件是通过数据目录找到的，不能再指定另一个数据目录。"
                f"请设置 MAINSTEM_DATA_DIR，或用 {CONFIG_VARIABLE} 指定该文件。",
            )
        value = _converted(FIELDS[key], raw, path.parent, (f"{key} in {path}", f"{path} 中的 {key}"))
        found[key] = _Found(value, "file", str(path))
    return found


def _parsed(path: Path, *, required: bool) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        if not required:
            return {}
        raise SettingsError(
            f"{CONFIG_VARIABLE}: there is no file {path}. Correct the path, or unset the variable.",
            f"{CONFIG_VARIABLE}：文件 {path} 不存在。请更正路径，或取消该环境变量。",
        ) from error
    except OSError as error:
        if not required and isinstance(error, PermissionError) and not os.access(path.parent, os.X_OK):
            return {}  # Nothing can be read there: whoever uses the data directory says so.
        raise SettingsError(
            f"The config file {path} cannot be read: {error.strerror}. Correct its permissions, or name another one.",
            f"无法读取配置文件 {path}:{error.strerror}。请更正其权限，或指定另一个文件。",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"The config file {path} is not valid TOML in UTF-8: {error}. Correct it there.",
            f"配置文件 {path} 不是有效的 UTF-8 编码 TOML:{error}。请在该处更正。",
        ) from error


def _converted(field: Field, raw: object, base: Path, where: tuple[str, str]) -> Value:
    try:
        if field.type is Path:
            return (base / Path(msgspec.convert(raw, Annotated[str, Meta(min_length=1)])).expanduser()).resolve()
        value: Value = msgspec.convert(raw, Annotated[field.type, field.meta])
        if field.notes.pattern and not re.fullmatch(field.notes.pattern, str(value)):
            raise msgspec.ValidationError  # noqa: TRY301
    except (msgspec.ValidationError, RuntimeError) as error:  # RuntimeError: expanduser finds no such home
        # The value of a secret is not repeated: messages end up in logs.
        shown, shown_zh = ("the value", "该值") if field.notes.secret else (repr(raw), repr(raw))
        en, zh = _form(field)
        raise SettingsError(
            f"{where[0]}: {shown} is not {en}. Correct it, or remove it to use the default.",
            f"{where[1]}:{shown_zh} 不是{zh}。请更正，或删除该项以使用默认值。",
        ) from error
    else:
        return value


def _from_text(field: Field, text: str) -> str | int | float:
    """What the text of a variable means before it is checked; text that is no number stays text."""
    text = text.strip()
    if typing.get_origin(field.type) is Literal:
        return text.lower()
    if field.type in (int, float) and re.fullmatch(r"[+-]?\d{1,18}", text):
        return int(text)
    if field.type is float and re.fullmatch(r"[+-]?\d{0,18}\.\d{1,18}", text):
        return float(text)
    return text


def _form(field: Field) -> tuple[str, str]:
    """What a value must look like, in English and Chinese."""
    if field.notes.form:
        return field.notes.form
    if field.type is Path:
        return "a path", "路径"
    if typing.get_origin(field.type) is Literal:
        choices = typing.get_args(field.type)
        return f"one of {', '.join(choices)}", f" {'、'.join(choices)} 之一"
    low, high = field.meta.ge, field.meta.le
    en, zh = ("a whole number", "整数") if field.type is int else ("a number", "数")
    return f"{en} from {low} to {high}", f" {low} 到 {high} 之间的{zh}"


def _unknown(name: str, known: list[str], where: str, where_zh: str) -> SettingsError:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.8 if name.startswith(PREFIX) else 0.6)
    hint = f"Did you mean {near[0]}?" if near else "`mainstem config` lists all settings."
    hint_zh = f"您是否指 {near[0]}?" if near else "`mainstem config` 会列出所有设置。"
    return SettingsError(
        f"{name} in {where} is not a setting of Mainstem. {hint}",
        f"{where_zh}中的 {name} 不是 Mainstem 的设置。{hint_zh}",
    )
