"""The pages of segments in Chinese: every text of theirs is there, and none is left in English."""

import re
from pathlib import Path

import pytest

import mainstem
from mainstem.platform.texts import translate
from mainstem.platform.texts.extract import extracted
from tests.console.conftest import Place
from tests.console.segments_forms import agrees, draft, opened, people, row, segment, told_text

pytestmark = pytest.mark.anyio

ROOM = Path(mainstem.__file__).parent / "console" / "segments"

NAMES = {
    "Mainstem", "API", "CSV", "JSON", "English", "Asia", "Shanghai", "RFM", "CNY", "Web", "Till", "K", "S",
    "marketer", "administrator", "SKU", "R", "F", "M", "VIP", "App", "XS", "XL", "XXL",
}  # fmt: skip
"""Names of things, which have no Chinese."""


def test_every_text_is_translated() -> None:
    assert [text for text in extracted(ROOM) if translate(text, "zh") == text and text != "RFM"] == []


async def test_no_page_has_english_left(place: Place) -> None:
    who = await people(place)
    await agrees(place, who["ann"])
    spent = await segment(place, "大额客户", {"trait": "spend_90d", "op": ">=", "value": 50_000})
    every = await segment(place, "全部", {"not": {"tag": "prospect"}}, description="秋季")
    client = await place.visitor("administrator", language="zh-CN")
    form = await opened(client, "/segments/new")
    wrong = form | row("0", "spend_90d", ">=", "x") | row("1", "bought", "=", "", days="7") | {"mode-2": "none"}

    pages = {
        path: await client.get(path)
        for path in (
            "/segments",
            "/segments?q=没有",
            "/segments/new",
            f"/segments/{spent}",
            f"/segments/{spent}?purpose=marketing:sms",
            f"/segments/{spent}/changes",
            f"/segments/{spent}/edit",
            f"/segments/{spent}/remove",
            f"/segments/{spent}/export?purpose=marketing:sms",
            f"/segments/overlap?segment={spent}&segment={every}",
            "/tags",
            "/tags?q=购",
            "/tags?group=attached",
        )
    }
    pages["wrong"] = await draft(client, wrong)
    pages["refused"] = await client.post("/segments/new", data=wrong)

    for path, page in pages.items():
        text = re.sub(r"<(code|pre|textarea)\b.*?</\1>", " ", page.text, flags=re.DOTALL)
        shown = re.sub(r"administrator \d+", "", told_text(text))
        words = set(re.findall(r"[A-Za-z]{2,}", re.sub(r"\b[0-9a-f]{32}\b", "", shown)))
        assert words - NAMES == set(), (path, words - NAMES)
