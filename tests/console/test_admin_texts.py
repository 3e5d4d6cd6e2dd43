"""The administration in Chinese: every text is there, and no page has English left."""

import re
from pathlib import Path

import pytest

import mainstem
from mainstem.platform.seal import seal_pending
from mainstem.platform.texts import translate
from mainstem.platform.texts.extract import extracted
from tests.console.admin_forms import held, hidden, principal
from tests.console.conftest import Place
from tests.console.test_admin_audit import event
from tests.console.test_admin_system import jobs

pytestmark = pytest.mark.anyio

ROOM = Path(mainstem.__file__).parent / "console" / "admin"

_HIDDEN = re.compile(r"<(script|style|svg|code|pre|textarea)\b.*?</\1>|<!--.*?-->", re.DOTALL)
_VERBATIM = re.compile(r"<(\w+)[^<>]* data-verbatim[^<>]*>[^<]*(?:</\1>)?")
_SHOWN = re.compile(r'(?:aria-label|title|placeholder)="([^"]*)"|>([^<>]+)<')
_MADE_UP = re.compile(r"\b[0-9a-f]{32}\b|(?<=密钥 )\w{8}\b")
"""Trace ids and the prefixes of keys."""

_WORD = re.compile(r"[A-Za-z]{2,}")
NAMES = {
    "SKU", "API", "CSV", "JSON", "Mainstem", "English", "Asia", "Shanghai", "Python", "PostgreSQL", "MB", "kB", "ms",
    "administrator", "privacy", "officer", "NOWHERE", "Authorization", "Bearer", "mainstem", "doctor", "toml",
    "MAINSTEM", "CONFIG", "Base64", "Base", "URL", "TCP", "HTTP", "SQL", "OpenID", "Connect", "ID", "root", "test",
    "nothing", "UTF", "IP", "Till", "value", "role", "OIDC", "KMS", "Spark", "Java", "com", "http", "https", "example",
}  # fmt: skip
"""Names of things, which have no Chinese."""


def english(page: str) -> list[str]:
    """The words of the page that are neither Chinese nor names."""
    body = _VERBATIM.sub("", _HIDDEN.sub("", page.partition("<body")[2]))
    texts = [one or other for one, other in _SHOWN.findall(body)]
    return sorted({word for text in texts for word in _WORD.findall(_MADE_UP.sub("", text))} - NAMES)


def test_every_text_is_translated() -> None:
    assert [text for text in extracted(ROOM) if translate(text, "zh") == text] == []


async def test_no_page_has_english_left(place: Place) -> None:
    await place.api("POST", "/v1/orders", {"channel": "web", "lines": [{"sku": "K1", "quantity": 1}]})
    entry = await held(place)
    while await seal_pending(place.database, 5):
        pass
    queued, failed = await jobs(place)
    async with place.database.transaction() as connection:
        await connection.execute("insert into platform.event_cursor values ('test', '0', 0, now())")
    admin = await place.visitor("administrator", language="zh-CN")
    me = f"/admin/people/{await principal(place, admin)}"
    pages = {
        path: await admin.get(path)
        for path in (
            "/admin/people",
            "/admin/people?q=zz",
            "/admin/people/invite",
            me,
            *(f"{me}/{form}" for form in ("link", "standing", "sessions", "keys")),
            "/admin/roles",
            "/admin/audit",
            "/admin/audit?subject=5",
            "/admin/audit/verification",
            "/admin/quarantine",
            "/admin/quarantine?state=set_aside",
            "/admin/quarantine?code=zz",
            f"/admin/quarantine/{entry}",
            "/admin/outbox",
            "/admin/jobs",
            "/admin/jobs?show=failed",
            f"/admin/jobs/{failed}",
            f"/admin/jobs/{queued}/stop",
            "/admin/quality",
            "/admin/quality/findings/zero_quantity",
            "/admin/system",
        )
    }
    trail = pages["/admin/audit"].text
    where = event(trail, "订单")
    pages[where] = await admin.get(where)
    form = hidden(pages["/admin/audit/verification"].text, "/admin/audit/verification")
    asked = await admin.post("/admin/audit/verification", data=form | {"what": "all"})
    pages["verification"] = await admin.get(asked.headers["location"])
    fields = hidden(pages["/admin/people/invite"].text, "/admin/people/invite")
    pages["refused"] = await admin.post("/admin/people/invite", data=fields | {"role": "store_associate"})
    pages["link"] = await admin.post(
        "/admin/people/invite", data=fields | {"key": "other", "login": "li", "name": "李", "role": "analyst"}
    )
    key = hidden(pages[f"{me}/keys"].text, f"{me}/keys")
    pages["key"] = await admin.post(f"{me}/keys", data=key)
    pages["key again"] = await admin.post(f"{me}/keys", data=key)
    note = hidden(pages[f"/admin/quarantine/{entry}"].text, f"/admin/quarantine/{entry}/set-aside")
    pages["no note"] = await admin.post(f"/admin/quarantine/{entry}/set-aside", data=note)

    assert {answer.status_code for answer in pages.values()} <= {200, 422}
    assert {path: words for path, answer in pages.items() if (words := english(answer.text))} == {}
