"""The words of customers as people read them: attributes, identifiers, rules, reasons."""

from collections.abc import Mapping

from mainstem.console.frame import N_, Visit

TABS = (
    ("overview", "", N_("Overview")),
    ("timeline", "/timeline", N_("Timeline")),
    ("traits", "/traits", N_("Traits and tags")),
    ("records", "/records", N_("Records")),
    ("consent", "/consent", N_("Consent")),
    ("loyalty", "/loyalty", N_("Loyalty")),
)
"""The pages of a customer: name, where it is, what it is called."""

IDENTIFIERS: dict[str, tuple[str, str]] = {
    "phone": (N_("Telephone number"), "phone"),
    "email": (N_("E-mail address"), "mail"),
    "unionid": (N_("WeChat unionid"), "message"),
    "openid": (N_("WeChat openid"), "message"),
    "member_card": (N_("Member card"), "credit-card"),
    "buyer": (N_("Buyer of a marketplace"), "basket"),
    "device": (N_("Device"), "device-mobile"),
    "payment_token": (N_("Payment token"), "wallet"),
    "external": (N_("External id"), "hash"),
}
"""Types of identifiers, with their pictures."""


def word(visit: Visit, table: Mapping[str, str] | Mapping[str, tuple[str, str]], code: str) -> str:
    """What a code of a table is called; a code that the table does not have is shown as it is."""
    found = table.get(code)
    if found is None:
        return code
    return visit.t(found if isinstance(found, str) else found[0])


def colour(table: Mapping[str, tuple[str, str]], code: str) -> str:
    """The colour of a code's badge."""
    return table[code][1] if code in table else "secondary"


ATTRIBUTES: dict[str, str] = {
    "name": N_("Name"),
    "given_name": N_("Given name"),
    "family_name": N_("Family name"),
    "phone": N_("Telephone number"),
    "email": N_("E-mail address"),
    "gender": N_("Gender"),
    "birth_date": N_("Date of birth"),
    "street": N_("Street"),
    "street_number": N_("Street number"),
    "city": N_("City"),
    "region": N_("Region"),
    "postal_code": N_("Postal code"),
    "country": N_("Country"),
    "language": N_("Language"),
    "company": N_("Company"),
}
"""The attributes of a golden record, in the order in which they are shown; a source's own come behind them."""

SURVIVED: dict[str, str] = {
    "only": N_("the only value"),
    "verification": N_("best verified"),
    "trust": N_("most trusted source"),
    "agreement": N_("most records agree"),
    "fullness": N_("most complete"),
    "recency": N_("told last"),
    "value": N_("a tie, settled by the value"),
}
"""Why a value survived."""

VERIFIED = (N_("stated"), N_("verified by the source"), N_("proven here"))
"""Levels of verification, from 0."""

RULES: dict[str, tuple[str, str]] = {
    "shared": (N_("Shared identifier"), "link"),
    "scored": (N_("Attributes alike"), "gauge"),
    "batch": (N_("Batch resolution"), "database"),
    "manual": (N_("Said by a person"), "user"),
    "review": (N_("Answer to a review"), "user-circle"),
}
"""Rules by which records are held together or apart."""

SUSPENDED: dict[str, str] = {
    "placeholder": N_("a placeholder, nobody's value"),
    "accounts": N_("shared by accounts of one source"),
    "velocity": N_("too many records within a day"),
    "concentration": N_("used by many at one place"),
    "degree": N_("used by too many records"),
    "by_hand": N_("suspended by a person"),
}
"""Why an identifier joins nobody."""

TIES: dict[str, str] = {
    "address": N_("same address"),
    "phone": N_("same telephone number"),
    "email": N_("same e-mail address"),
    "member_card": N_("same member card"),
    "payment_token": N_("same means of payment"),
    "stated": N_("a source says so"),
    "person": N_("a person said so"),
}
"""What customers of one household have in common."""

HOUSEHOLD_ANSWERS: dict[str, str] = {
    "together": N_("customers {one} and {other} are one household"),
    "apart": N_("customers {one} and {other} are no household"),
    "unsaid": N_("what was said of customers {one} and {other} is taken back"),
}

REASONS: dict[str, str] = {
    "customer_asks": N_("The customer asks"),
    "order_or_delivery": N_("An order or a delivery needs it"),
    "who_is_it": N_("To check who it is"),
    "correction": N_("To correct what is known"),
    "privacy_request": N_("A privacy request"),
    "fraud": N_("Suspected fraud"),
}
"""Why somebody needs personal data in the clear."""

GENDERS: dict[str, str] = {"f": N_("female"), "m": N_("male"), "female": N_("female"), "male": N_("male")}


def value(visit: Visit, name: str, text: str) -> str:
    """The value of an attribute as people read it."""
    return word(visit, GENDERS, text) if name == "gender" else text
