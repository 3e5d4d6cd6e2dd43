"""Writes what the documentation takes from the code: `python scripts/reference.py`.

Whole pages: the refusal codes, the settings, the exit codes. Parts of pages, between the lines
`<!-- generated: name -->` and `<!-- end -->`: the commands in both READMEs, the states of an order. A test holds that
all of them are current.
"""  # noqa: INP001 - a script, no package

import importlib
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Literal

from mainstem.api.problems import problem_types
from mainstem.domains.orders import states
from mainstem.entrypoints import cli
from mainstem.platform import settings

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "mainstem"

_DECLARED = re.compile(r'\bdeclare\(\s*"(\w+)"')
_NOTICE = "<!-- Written by scripts/reference.py. -->\n\n"

AREAS: dict[str, tuple[str, str]] = {
    "kernel": ("Everywhere", "通用"),
    "platform": ("Platform", "平台"),
    "platform/access": ("Access", "访问控制"),
    "api": ("HTTP", "HTTP"),
    "domains/catalog": ("Catalog", "商品目录"),
    "domains/customers": ("Customers", "客户"),
    "domains/inventory": ("Inventory", "库存"),
    "domains/pricing": ("Pricing", "价格"),
    "domains/loyalty": ("Loyalty", "忠诚度"),
    "domains/orders": ("Orders", "订单"),
    "processes": ("Processes", "跨领域流程"),
    "analytics": ("Analytics", "分析"),
    "connectors/files": ("Files", "文件导入"),
    "console": ("Console", "控制台"),
}
"""Where codes are declared, in the order of the page, with its name in English and Chinese."""


def pages() -> dict[Path, str]:
    """The text of every page that is generated whole."""
    return {
        ROOT / "docs/reference/refusals.md": refusals(),
        ROOT / "docs/reference/exit-codes.md": exit_codes(),
        ROOT / "docs/reference/settings.md": settings_page("en"),
        ROOT / "docs/zh/reference/settings.md": settings_page("zh"),
    }


PARTS: dict[Path, dict[str, Callable[[], str]]] = {
    ROOT / "README.md": {"commands": lambda: commands(0)},
    ROOT / "README.zh-CN.md": {"commands": lambda: commands(1)},
    SOURCE / "domains/orders/README.md": {
        "states": lambda: f"```mermaid\n{states.mermaid()}\n```",
        "verbs": lambda: state_verbs(),  # noqa: PLW0108 - defined below
        "refusals": lambda: room_refusals("domains/orders"),
    },
}
"""The generated parts of pages, by their names."""


def with_parts(text: str, parts: dict[str, Callable[[], str]]) -> str:
    """A page with its generated parts as they should be now; raises ValueError for a part that is not marked there."""
    for name, write in parts.items():
        marked = re.compile(rf"<!-- generated: {name} -->\n.*?<!-- end -->", re.DOTALL)
        if not marked.search(text):
            raise ValueError(f"there is no part {name}")
        text = marked.sub(partial(_marked, f"<!-- generated: {name} -->\n\n{write()}\n\n<!-- end -->"), text)
    return text


def _marked(part: str, _: re.Match[str]) -> str:
    """A part as it is, with nothing in it read as a group of the pattern."""
    return part


def declared() -> dict[str, list[str]]:
    """The refusal codes of each area, in the order of their declaration; what declares them is imported."""
    found: dict[str, list[str]] = {area: [] for area in AREAS}
    for path in sorted(SOURCE.rglob("*.py")):
        codes = _DECLARED.findall(path.read_text(encoding="utf-8"))
        if codes:
            module = path.relative_to(SOURCE.parent).with_suffix("")
            importlib.import_module(".".join(module.parts))
            folder = path.relative_to(SOURCE).parent.as_posix()
            found[max((area for area in AREAS if f"{folder}/".startswith(f"{area}/")), key=len)] += codes
    return found


def refusals() -> str:
    """Every refusal code with its HTTP status, message and remedy in English and Chinese."""
    by_area = declared()
    english, chinese = _problems("en"), _problems("zh")
    parts = [_NOTICE + _ABOUT_REFUSALS]
    for area, codes in by_area.items():
        rows = [f"| `{code}` | {english[code][0]} | {english[code][1]} | {chinese[code][1]} |" for code in codes]
        parts.append("\n".join([f"## {' · '.join(dict.fromkeys(AREAS[area]))}\n", _HEAD, *rows]) + "\n")
    return "\n".join(parts)


_ABOUT_REFUSALS = """\
# Refusal codes · 拒绝代码

A request that is turned down says why with one of these codes: in the field `code` of the problem details (RFC 9457),
in the report of an import, on the command line. Codes are stable. A running server tells the same at `/problems`, in
the language of `Accept-Language`. Words in braces are filled in.

请求被拒绝时以下列代码之一说明原因：问题详情（RFC 9457）的 `code` 字段、导入报告以及命令行中均使用这些代码。
代码保持稳定。运行中的服务在 `/problems` 按 `Accept-Language` 给出同样内容。花括号中的词会被替换为实际值。
"""

_HEAD = "| code · 代码 | HTTP | message and remedy | 说明与处理 |\n| --- | --- | --- | --- |"


def room_refusals(area: str) -> str:
    """The refusal codes that one area declares, in English."""
    codes = declared()[area]
    english = _problems("en")
    rows = [f"| `{code}` | {english[code][0]} | {english[code][1]} |" for code in codes]
    return "\n".join(["| code | HTTP | message and remedy |", "| --- | --- | --- |", *rows])


def _problems(language: Literal["en", "zh"]) -> dict[str, tuple[int, str]]:
    """By code: the HTTP status, and message and remedy as one cell of a table."""
    return {
        known.code: (known.status, f"{known.message}<br>{known.remedy}".replace("|", "\\|"))
        for known in problem_types(language)
    }


def settings_page(language: Literal["en", "zh"]) -> str:
    """Every setting in one language."""
    head = {
        "en": "# Settings\n\n"
        "Each comes from the first of: the environment variable, the file, the default. The file is TOML: the one that"
        " `MAINSTEM_CONFIG` names, else `mainstem.toml` in the data directory. `mainstem config` shows every setting in"
        " force and where its value came from. A variable `MAINSTEM_…` that is no setting is refused.\n\n",
        "zh": "# 设置\n\n"
        "每项设置依次取自：环境变量、文件、默认值，先有者优先。文件为 TOML 格式：由 `MAINSTEM_CONFIG` 指定，"
        "否则为数据目录中的 `mainstem.toml`。`mainstem config` 显示每项设置的当前值及其来源。"
        "以 `MAINSTEM_` 开头但不是设置的环境变量会被拒绝。\n\n",
    }
    return _NOTICE + head[language] + settings.reference_markdown(language)


def exit_codes() -> str:
    """The exit codes of `mainstem`, in English and Chinese."""
    english, chinese = (dict(re.findall(r"^(\d+) +(.+)$", text, re.MULTILINE)) for text in (cli._CODES, cli._CODES_ZH))  # noqa: SLF001
    rows = [f"| {code} | {meaning} | {chinese[code]} |" for code, meaning in english.items()]
    return (
        _NOTICE
        + "\n".join(
            [
                "# Exit codes · 退出码\n",
                "Every command of `mainstem` ends with one of these; what went wrong is one line on standard error.\n",
                "`mainstem` 的每个命令都以下列退出码之一结束；出错原因在标准错误输出中占一行。\n",
                "| code · 退出码 | meaning | 含义 |",
                "| --- | --- | --- |",
                *rows,
            ]
        )
        + "\n"
    )


def commands(language: Literal[0, 1]) -> str:
    """The commands of `mainstem` in English (0) or Chinese (1)."""
    head = ("| command | what it does |", "| 命令 | 作用 |")[language]
    rows = [f"| `mainstem {name}` | {texts[1 + language]} |" for name, texts in cli.COMMANDS.items()]
    return "\n".join([head, "| --- | --- |", *rows])


def state_verbs() -> str:
    """Where each verb can lead from each state of an order, as a table."""
    names = list(dict.fromkeys(verb for possible in states.TRANSITIONS.values() for verb in possible))
    rows = [f"| state | {' | '.join(names)} |", f"| --- |{' --- |' * len(names)}"]
    for state, possible in states.TRANSITIONS.items():
        cells = ["<br>".join(possible[verb]) if verb in possible else "" for verb in names]
        rows.append(f"| **{state}** | {' | '.join(cells)} |")
    return "\n".join(rows)


if __name__ == "__main__":
    for page, text in pages().items():
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")
    for page, parts in PARTS.items():
        page.write_text(with_parts(page.read_text(encoding="utf-8"), parts), encoding="utf-8")
