"""The command `mainstem`: a menu of commands, each of which is imported when it is called."""

import importlib
import sys

import click

from mainstem.entrypoints.exits import Exit, explained
from mainstem.entrypoints.language import say

COMMANDS: dict[str, tuple[str, str, str]] = {
    "demo": ("demo", "A real grocer's year, replayed and served.", "重放并展示一家真实食品商一年的经营。"),
    "serve": ("serve", "Serve the API and the console; run the worker.", "提供 API 与控制台，并运行后台进程。"),
    "migrate": ("migrate", "Bring the database to the newest schema.", "将数据库迁移到最新结构。"),
    "import": ("import_file", "Import products, nodes, prices, stock or orders.", "导入商品、节点、价格、库存或订单。"),
    "export": ("export_file", "Export the same, in the same layout.", "以相同格式导出。"),
    "twin": ("twin", "Try promotions and prices on history.", "在历史数据上试算促销与价格。"),
    "resolve": ("resolve", "Find which rows of a file are one person.", "找出文件中哪些行是同一个人。"),
    "doctor": ("doctor", "Check every invariant of a live database.", "检查运行中数据库的全部不变式。"),
    "config": ("config", "Every setting, its value and where it came from.", "每项设置及其取值与来源。"),
    "key": ("key", "Issue, list and revoke API keys.", "签发、列出与吊销 API 密钥。"),
    "vault": ("vault", "Keys of personal data: state and rotation.", "个人数据的密钥：状态与轮换。"),
}
"""Name: (module, what it does in English, in Chinese)."""

_CODES = """\b
0    done
1    a check found something, or rows were refused
2    the command line cannot be read
3    the database cannot be reached, started or used
4    a setting was refused
70   a defect of Mainstem
130  interrupted"""

_CODES_ZH = """\b
0    完成
1    检查发现问题，或有行被拒绝
2    命令行无法识别
3    数据库无法连接、启动或使用
4    设置不被接受
70   Mainstem 的缺陷
130  被中断"""


class Menu(click.Group):
    """A group whose help names the commands without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - as click calls it
        """The names, in the order of the menu."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, imported now."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"mainstem.entrypoints.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; failures are explained here, before click has its own opinion of some of them."""
        with explained():
            return super().invoke(ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the menu."""
        with formatter.section(say("Commands", "命令")):
            formatter.write_dl([(name, say(en, zh)) for name, (_, en, zh) in COMMANDS.items()])


def _show_version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001 - as click calls
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"mainstem {version('mainstem')}")
        ctx.exit()


_menu = Menu(
    "mainstem",
    help=say(
        f"The open omnichannel core of a retailer.\n\nExit codes:\n\n{_CODES}",
        f"面向零售商的开放全渠道核心。\n\n退出码：\n\n{_CODES_ZH}",
    ),
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            expose_value=False,
            is_eager=True,
            callback=_show_version,
            help=say("Show the version and exit.", "显示版本并退出。"),
        )
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    no_args_is_help=True,
)


def main() -> None:
    """Run a command line and end the process with its exit code."""
    with explained():
        try:
            code = _menu.main(prog_name="mainstem", standalone_mode=False)
            raise SystemExit(code if isinstance(code, int) else Exit.OK)
        except click.ClickException as error:
            error.show()
            raise SystemExit(error.exit_code) from None
        finally:
            sys.stdout.flush()  # Here and not at exit: the reader may have left.
