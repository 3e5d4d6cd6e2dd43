"""What of the golden record may be a trait: normalised, coarse, and nothing that names or finds a person."""

from collections.abc import Mapping
from datetime import date

from mainstem.domains.customers.traits.contracts import Golden

TEXT_LENGTH_MAX = 60
YEAR_MIN = 1900

_GENDERS = {
    **dict.fromkeys(("f", "female", "woman", "w", "女", "女性", "女士", "2"), "female"),
    **dict.fromkeys(("m", "male", "man", "男", "男性", "先生", "1"), "male"),
}


def golden_traits(attributes: Mapping[str, str], today: date) -> Golden:
    """The traits of golden attributes; what cannot be read is unknown."""
    born = _born(attributes.get("birth_date", ""), today)
    gender = attributes.get("gender", "").strip().lower()
    return Golden(
        gender=_GENDERS.get(gender, "other" if gender else None),
        birth_year=None if born is None else born.year,
        birth_month=None if born is None else born.month,
        country=_text(attributes, "country"),
        region=_text(attributes, "region"),
        city=_text(attributes, "city"),
        language=_text(attributes, "language"),
        is_company=True if attributes.get("company", "").strip() else None,
    )


def _born(text: str, today: date) -> date | None:
    try:
        born = date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None
    return born if born.year >= YEAR_MIN and born <= today else None


def _text(attributes: Mapping[str, str], name: str) -> str | None:
    return attributes.get(name, "").strip()[:TEXT_LENGTH_MAX] or None
