"""Normalising never raises, answers the same for what it has answered, and leaves nothing that could not be kept."""

import random
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mainstem.domains.customers.identifiers import (
    TYPES,
    VALUE_LENGTH_MAX,
    alike,
    compare_names,
    full_name,
    is_placeholder,
    name_keys,
    normalise,
    read_name,
)
from mainstem.domains.customers.identifiers.pinyin import fuzzy, spell

pytestmark = pytest.mark.unit

# Lone surrogates and everything else that a JSON text can hold.
ANY = st.text(st.characters(), max_size=40)
PHONE_LIKE = st.text("0123456789+-() .,;#*xe转分机\u3000\uff11\uff0b\u0661", max_size=30)
EMAIL_LIKE = st.text("abcXYZ.+-_@@..例é。\uff20\u0430\u200b'\"", max_size=60).map(
    lambda text: f"a{text}@b.co{text[:2]}"
)
VALUES = st.one_of(ANY, PHONE_LIKE, EMAIL_LIKE)
NAMES = st.one_of(
    ANY, st.text("张王李小明欧阳*×先生女士 ·()", max_size=8), st.text("abjJOSÉe .-'", max_size=20).map(str.title)
)


@given(st.sampled_from(TYPES), VALUES, st.sampled_from(("CN", "US", "DE", "", "nowhere")))
def test_any_text_is_normal_or_unusable(type_: str, value: str, region: str) -> None:
    normal = normalise(type_, value, region)

    if normal is not None:
        assert 0 < len(normal) <= VALUE_LENGTH_MAX
        assert normal.isprintable()
        assert normal == normal.strip()
        assert normalise(type_, normal, region) == normal
        assert is_placeholder(type_, normal) in (True, False)


@given(
    st.integers(13_000_000_000, 19_999_999_999),
    st.sampled_from(("", "+86", "86", "0086")),
    st.randoms(use_true_random=False),
)
def test_a_mobile_number_is_one_however_it_is_written(number: int, prefix: str, draw: random.Random) -> None:
    spaced = "".join(digit + draw.choice(("", "", " ", "-", "\u3000")) for digit in str(number)).strip("- \u3000")
    wide = "".join(chr(ord(char) + 0xFEE0) if char.isdigit() and draw.random() < 0.5 else char for char in spaced)

    assert normalise("phone", prefix + wide) == f"+86{number}"


@given(VALUES)
def test_full_width_is_the_same(value: str) -> None:
    plain = unicodedata.normalize("NFKC", value)

    for type_ in TYPES:
        if len(plain) <= VALUE_LENGTH_MAX:
            assert normalise(type_, value) == normalise(type_, plain)


@given(NAMES)
def test_any_text_is_a_name_or_none(text: str) -> None:
    name = read_name(text)

    if name is not None:
        assert name.text
        assert name.words
        assert alike(name, name) in ("equal", "compatible")
        assert all(key for key in name_keys(text))
    else:
        assert name_keys(text) == ()


@given(NAMES, NAMES)
def test_two_names_are_compared_alike_from_both_sides(left: str, right: str) -> None:
    assert compare_names(left, right) == compare_names(right, left)


@pytest.mark.parametrize("text", ["张" * 201, "a" * 201, "张" * 10_000_000])
def test_a_name_that_is_too_long_is_none(text: str) -> None:
    assert read_name(text) is None


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("张三丰", "Zhang Sanfeng"),
        ("张三丰", "Sanfeng Zhang"),
        ("张三丰", "ZHANG San Feng"),
        ("张三丰", "章山峰"),
        ("欧阳修", "Ouyang Xiu"),
        ("Ann Lee", "Lee, Ann"),
        ("José García", "jose garcia"),
    ],
)
def test_writings_of_one_name_meet_in_a_block(left: str, right: str) -> None:
    assert set(name_keys(left)) & set(name_keys(right))


@pytest.mark.parametrize("text", ["张**", "王先生", "Ann", "微信用户", ""])
def test_what_fits_everybody_meets_nobody(text: str) -> None:
    assert name_keys(text) == ()


@pytest.mark.parametrize(
    ("text", "words", "initials"),
    [
        ("曾国藩", ("zeng", "guofan"), "zgf"),
        ("欧阳", ("ouyang",), "oy"),
        ("歐陽修", ("ouyang", "xiu"), "oyx"),
        ("万俟卨", ("moqi", "xie"), "mqx"),
        ("女娲", ("nu", "wa"), "nw"),
        ("tom", ("tom",), "t"),
        ("", (), ""),
    ],
)
def test_spelling(text: str, words: tuple[str, ...], initials: str) -> None:
    spelling = spell(text)

    assert (spelling.words, spelling.initials) == (words, initials)


def test_what_is_heard_alike_is_spelt_alike() -> None:
    assert fuzzy("zhangshilin") == fuzzy("zansiling")
    assert fuzzy("lin") != fuzzy("lan")


@pytest.mark.parametrize(
    ("name", "given_name", "family_name", "whole"),
    [
        ("Ann Lee", "Anna", "Li", "Ann Lee"),
        ("", "Ann", "Lee", "Ann Lee"),
        ("", "三丰", "张", "张三丰"),
        ("", "Ann", "", "Ann"),
        ("", "", "张", "张"),
        ("", "", "", ""),
    ],
)
def test_full_name(name: str, given_name: str, family_name: str, whole: str) -> None:
    assert full_name(name, given_name, family_name) == whole
