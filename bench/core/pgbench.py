"""The limit: pgbench on the same server writing the same rows into the same tables, one order a transaction."""

import re
import subprocess
import tempfile
from pathlib import Path

import psycopg

from bench.core.seed import FIRST_VARIANT

PAYLOAD = (
    '{"result":{"id":123456789012,"state":"placed","payment":"unpaid","node":"N1","currency":"CNY","total_minor":1500,'
    '"paid_minor":0,"expires_at":"2026-01-01T00:00:00Z","lines":[{"line":1,"sku":"B1234","quantity":1,'
    '"unit_price_minor":500,"amount_minor":500},{"line":2,"sku":"B2345","quantity":1,"unit_price_minor":500,'
    '"amount_minor":500},{"line":3,"sku":"B3456","quantity":1,"unit_price_minor":500,"amount_minor":500}]},'
    '"command":{"channel":"web","lines":[{"sku":"B1234","quantity":1,"unit":null,"unit_price_minor":null,'
    '"discounts":[]},{"sku":"B2345","quantity":1,"unit":null,"unit_price_minor":null,"discounts":[]},{"sku":"B3456",'
    '"quantity":1,"unit":null,"unit_price_minor":null,"discounts":[]}],"external_id":"","node":"N1","customer":"",'
    '"currency":null,"hold_minutes":null,"tenders":[],"taxes":[]}}'
)
ANSWER = PAYLOAD[PAYLOAD.index("{", 1) : PAYLOAD.index(',"command"')]

_IDS = """\\set order random(1, 900000000000) * 8 + 4000000000000
"""
_UPDATE = (
    "update ledger.balance set held = held + 1, floor = least(0, posted - held - 1)"
    " where asset = :v{n} and place = 1 and posted - held >= 1;"
)
_ORDER = """
insert into orders.customer_order (id, channel, node, external_id, fingerprint, kind, state, currency, total_minor,
    due_minor, expires_at, occurred_at)
values (:order, 2, 1, '', '\\x00112233445566778899aabbccddeeff', 'order', 'placed', 'CNY',
    1500, 1500, now() + interval '30 minutes', now());
"""
_LINES = """
insert into orders.order_line (order_id, position, variant, quantity, unit_price_minor, amount_minor, hold) values
"""
_HOLDS = """
insert into ledger.hold (id, asset, place, quantity, reference, expires_at) values
"""
_EVENT = (
    "insert into platform.event (id, type, subject, actor, trace, occurred_at, payload)"
    " values (:order, 'orders.order_placed', :order, 7, '00112233445566778899aabbccddeeff', now(), '{payload}');"
)
_KEY = (
    "insert into platform.idempotency (key, fingerprint, answer)"
    " values (uuid_send(gen_random_uuid()), '\\x00112233445566778899aabbccddeeff', '{answer}');"
)


def _text(json: str) -> str:
    """JSON that pgbench does not take for its variables: `:null` would be one, `: null` is not."""
    return re.sub(r":(?=[A-Za-z_])", ": ", json)


def script(lines: int, skus: int) -> str:
    """A transaction that writes what an order of so many lines writes; one SKU makes it a hot row."""
    rows = range(1, lines + 1)
    share = skus // lines
    text = _IDS
    for n in rows:
        low = FIRST_VARIANT + (n - 1) * share + 1
        text += f"\\set v{n} random({low}, {low + share - 1})\n\\set h{n} :order + {n}\n"
    text += "begin;\n"
    text += "".join(_UPDATE.format(n=n) + "\n" for n in rows)
    text += _ORDER
    text += _LINES + ", ".join(f"(:order, {n}, :v{n}, 1, 500, 500, :h{n})" for n in rows) + ";\n"
    text += _HOLDS + ", ".join(f"(:h{n}, :v{n}, 1, 1, :order, now() + interval '30 minutes')" for n in rows) + ";\n"
    text += _EVENT.format(payload=_text(PAYLOAD)) + "\n"
    text += _KEY.format(answer=_text(ANSWER)) + "\n"
    return text + "commit;\n"


def in_one_message(text: str) -> str:
    """The same transaction with all its statements sent at once."""
    return text.replace("begin;", "\\startpipeline\nbegin;").replace("commit;", "commit;\n\\endpipeline")


def rate(bin_dir: Path, url: str, text: str, *, clients: int, seconds: int) -> float:
    """Transactions a second with this many clients, statements prepared, commits durable."""
    parts = psycopg.conninfo.conninfo_to_dict(url)
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(text)
        file.flush()
        command = [str(bin_dir / "pgbench"), "-n", "-M", "prepared", "-f", file.name, "-j", "2"]
        command += ["-c", str(clients), "-T", str(seconds), "-h", str(parts["host"])]
        command += ["-U", str(parts.get("user", "postgres")), str(parts["dbname"])]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"^tps = ([0-9.]+)", done.stdout, re.MULTILINE)
    if done.returncode or not found:
        raise RuntimeError(f"pgbench failed: {done.stdout}{done.stderr}")
    return float(found[1])


def best(bin_dir: Path, url: str, text: str, *, clients: tuple[int, ...], seconds: int) -> tuple[float, int]:
    """The best rate over the client counts, and the count it was reached with."""
    return max((rate(bin_dir, url, text, clients=count, seconds=seconds), count) for count in clients)
