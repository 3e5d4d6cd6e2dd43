"""Keys under which candidates are looked up: two records that share one are compared, others are not."""

from collections.abc import Mapping

from mainstem.domains.customers.matching.columns import columns


def blocking_keys(attributes: Mapping[str, str]) -> tuple[str, ...]:
    """The keys of a customer's attributes, as plain texts to be digested: at most eight, sorted, none twice.

    Each key joins two or three attributes, so that few people share it, and no attribute is in all of them, so that one
    that is wrong or missing hides nobody. A name alone is no key: thousands share it.
    """
    found = columns(attributes)
    given, family = found.get("given_name_latin", ""), found.get("family_name_latin", "")
    # In the order of the alphabet, so that swapped names meet.
    name = " ".join(sorted((given, family))) if given and family else ""
    date, street, city = found.get("birth_date", ""), found.get("street", ""), found.get("city", "")
    postal, company = found.get("postal_code", ""), found.get("company", "")
    keys = {
        "name+date": (name, date),
        "name+street": (name, street),
        "name+postal": (name, postal),
        "name+city+year": (name, city, date[:4]),
        "family+date": (family, date) if not name or len(family) > 1 else (),
        "given+date": (given, date),
        "date+street": (date, street),
        "name+company": (name, company),
    }
    return tuple(sorted(f"{kind}:{'|'.join(parts)}" for kind, parts in keys.items() if parts and all(parts)))
