"""Values that are well formed and nobody's: what staff type when a form insists, and what programs put in."""

import re
from typing import Final

from mainstem.domains.customers.identifiers.phones import is_service
from mainstem.domains.customers.identifiers.texts import is_run

_KNOWN_PHONES: Final = frozenset({"+8613800138000", "+8613800138001", "+8613000000001"})
"""The number with which China Mobile's shops explain topping up, and its neighbours."""
_SAME_OR_RUN_DIGITS = 8
_MOBILE = re.compile(r"\+861[3-9]")
_FICTION = re.compile(r"\+1\d{3}55501\d\d")
"""North American numbers reserved for films."""

_MAILBOX_WORDS = """
test tests testing tester test1 test123 testuser demo sample example dummy fake asdf qwerty abc abcd aaa xxx
anonymous anonym anon nobody noone none null nil na undefined unknown nomail noemail no-email no_email email mail
noreply no-reply no_reply donotreply do-not-reply guest visitor customer client user member
info admin administrator sales service support office contact webmaster postmaster hostmaster abuse
"""
_MAILBOXES: Final = frozenset(_MAILBOX_WORDS.split())
"""Local parts that are nobody's, or a department's."""
_NUMBERED_MAIL: Final = frozenset({"qq.com", "163.com", "126.com", "139.com", "189.cn"})
_MAIL_DIGITS = 5

_DEVICES: Final = frozenset({"9774d56d682e549c", "020000000000", "012345678912345", "004999010640000"})
"""What whole series of phones answered, being asked for their id."""
_CARD_DIGITS = 6
_ALIKE = 3


def is_placeholder(type_: str, value: str) -> bool:
    """Whether a normalised value is known to be nobody's, to be suspended as soon as it is seen."""
    if type_ == "phone":
        return _phone(value)
    if type_ == "email":
        return _email(value)
    if type_ in ("device", "payment_token"):
        bare = re.sub(r"[:-]", "", value)
        return bare in _DEVICES or (len(bare) >= _ALIKE and len(set(bare)) == 1)
    if type_ == "member_card":
        return value.isdigit() and len(value) >= _CARD_DIGITS and is_run(value, len(value))
    return False


def _phone(value: str) -> bool:
    number = value.partition(";")[0]
    if number in _KNOWN_PHONES or is_run(number, _SAME_OR_RUN_DIGITS) or _FICTION.fullmatch(number):
        return True
    mobile = _MOBILE.match(number) is not None
    return not mobile and is_service(number)


def _email(value: str) -> bool:
    local, _, domain = value.partition("@")
    if local in _MAILBOXES or (len(local) >= _ALIKE and len(set(local)) == 1):
        return True
    return domain in _NUMBERED_MAIL and local.isdigit() and is_run(local, max(_MAIL_DIGITS, len(local)))
