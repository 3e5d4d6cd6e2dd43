"""Everything a client is told exists in English and Simplified Chinese."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

import mainstem
from mainstem.kernel.refusals import REGISTRY
from mainstem.platform.texts import catalogue, negotiate, translate
from mainstem.platform.texts.catalogue import catalogues
from mainstem.platform.texts.extract import extracted

pytestmark = pytest.mark.contract

ROOT = Path(mainstem.__file__).parent


def declared() -> None:
    """Import everything, so that every code is in the registry."""
    for module in pkgutil.walk_packages([str(ROOT)], "mainstem."):
        if "__main__" not in module.name:
            importlib.import_module(module.name)


def test_every_code_is_translated() -> None:
    declared()
    missing = {
        text
        for code in REGISTRY.values()
        for text in (code.message, code.remedy)
        if translate(text, "zh") == text or not re.search("[\u4e00-\u9fff]", translate(text, "zh"))
    }
    assert not missing, "translate these in src/mainstem/platform/texts/zh_CN.po"


def test_every_text_in_the_code_is_translated() -> None:
    assert [text for text in extracted() if translate(text, "zh") == text] == []


def test_nothing_is_translated_that_is_not_there() -> None:
    assert {message.id for message in catalogue() if message.id} - set(extracted()) == set()


def test_a_text_has_one_translation() -> None:
    found: dict[str, set[str]] = {}
    for path in catalogues():
        with path.open("rb") as file:
            for message in read_po(file):
                if message.id:
                    found.setdefault(str(message.id), set()).add(str(message.string))
    assert {text: strings for text, strings in found.items() if len(strings) > 1} == {}


def test_translations_fill_in_the_same_values() -> None:
    for text in extracted():
        assert sorted(re.findall(r"\{\w*\}", translate(text, "zh"))) == sorted(re.findall(r"\{\w*\}", text)), text


def test_chinese_texts_use_chinese_punctuation() -> None:
    for text in extracted():
        assert not re.search("[\u4e00-\u9fff}][,;:?!](?! )", translate(text, "zh")), text


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-US,en;q=0.9,zh;q=0.8", "en"),
        ("zh-Hans", "zh"),
        ("de-DE, zh;q=0.3", "zh"),
        ("de", "en"),
        ("zh;q=0", "en"),
        ("zh;q=x", "en"),
        ("*", "en"),
        ("x" * 10_000 + ",zh", "en"),
    ],
)
def test_the_language_is_negotiated(header: str, language: str) -> None:
    assert negotiate(header) == language
