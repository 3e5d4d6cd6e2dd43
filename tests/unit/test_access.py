"""The permission matrix, the form of keys, and what a caller may do where."""

import re
from pathlib import Path

import pytest

from mainstem.platform.access import FORBIDDEN, FORBIDDEN_NODE, PERMISSIONS, ROLES, Caller, matrix_text
from mainstem.platform.access import permissions as p
from mainstem.platform.access.keys import KEY_LENGTH, digest, new_key, public_prefix
from mainstem.platform.access.roles import granted

pytestmark = pytest.mark.unit

GOLDEN = Path(__file__).parents[1] / "golden" / "permission_matrix.txt"
RENEW = (
    "The permission matrix is not the reviewed one. If the change is meant, renew the golden file with\n"
    "  .venv/bin/python -c 'from mainstem.platform.access import matrix_text; print(matrix_text(), end=\"\")'"
    " > tests/golden/permission_matrix.txt\n"
    "and let the difference be reviewed."
)


def test_the_matrix_is_the_reviewed_one() -> None:
    assert matrix_text() == GOLDEN.read_text(encoding="utf-8"), RENEW


def test_the_matrix_tells_own_node_from_everywhere() -> None:
    cells = {line.split()[0]: line.split()[1:] for line in matrix_text().splitlines()}
    column = cells["permission"].index("store_associate")
    assert cells["orders:write"][column] == "node"
    assert cells["prices:read"][column] == "yes"
    assert cells["stock:adjust"][column] == "-"


def test_permissions_and_roles_are_described_in_both_languages() -> None:
    texts = [(one.en, one.zh) for one in PERMISSIONS.values()] + [(one.en, one.zh) for one in ROLES.values()]
    for en, zh in texts:
        assert en.isascii()
        assert re.search(r"[\u4e00-\u9fff]", zh)
        assert "\n" not in en + zh


def test_a_permission_is_declared_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        p._declare("orders:read", "again", "再次")


def test_every_permission_is_held_by_some_role_and_only_administrators_hand_out_keys() -> None:
    assert ROLES["administrator"].permissions == set(PERMISSIONS)
    assert [name for name, role in ROLES.items() if "keys:write" in role.permissions] == ["administrator"]


def test_scopes_narrow_a_role_and_never_widen_it() -> None:
    assert granted("marketer", frozenset()) == ROLES["marketer"].permissions
    assert granted("marketer", frozenset({"prices:read", "keys:write"})) == {"prices:read"}
    assert granted("marketer", frozenset({"keys:write"})) == set()
    assert granted("a_role_of_another_release", frozenset()) == set()


def test_a_key_has_its_form_and_hides_its_secret() -> None:
    made = {new_key() for _ in range(50)}
    assert len({key.secret for key in made}) == 50
    for key in made:
        assert re.fullmatch(r"ms_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}", key.secret)
        assert len(key.secret) == KEY_LENGTH
        assert public_prefix(key.secret) == key.prefix
        assert key.hash == digest(key.secret)
        assert key.secret not in repr(key)


def test_no_single_wrong_character_passes_the_checksum() -> None:
    secret = new_key().secret
    for position in range(KEY_LENGTH):
        for other in "aZ0_é ":
            wrong = secret[:position] + other + secret[position + 1 :]
            assert wrong == secret or public_prefix(wrong) is None


def test_what_is_no_key_is_told_apart() -> None:
    secret = new_key().secret
    for text in ("", secret[:-1], secret + "a", secret.swapcase(), f" {secret[:-1]}", "ms_" * 21):
        assert public_prefix(text) is None


@pytest.mark.parametrize(
    ("permission", "node", "allowed"),
    [
        (p.ORDERS_WRITE, 7, True),
        (p.ORDERS_WRITE, 8, False),
        (p.ORDERS_WRITE, None, False),
        (p.PRICES_READ, None, True),
        (p.PRICES_READ, 8, True),
        (p.STOCK_ADJUST, 7, False),
    ],
)
def test_an_associate_acts_at_the_own_node_only(permission: p.Permission, node: int | None, *, allowed: bool) -> None:
    role = ROLES["store_associate"]
    caller = Caller(principal=1, key=2, role=role.name, permissions=role.permissions, node=7)
    assert caller.may(permission, node) is allowed
    assert (caller.lacks(permission, node) is None) is allowed


def test_an_unbound_caller_acts_everywhere() -> None:
    caller = Caller(principal=1, key=2, role="integration", permissions=frozenset({"orders:write"}))
    assert caller.may(p.ORDERS_WRITE)
    assert caller.may(p.ORDERS_WRITE, 7)


def test_a_refusal_names_the_permission_that_is_missing() -> None:
    caller = Caller(principal=1, key=2, role="store_associate", permissions=frozenset({"orders:write"}), node=7)
    missing = caller.lacks(p.STOCK_ADJUST, 7)
    elsewhere = caller.lacks(p.ORDERS_WRITE, 8)
    assert missing is not None
    assert elsewhere is not None
    assert (missing.code, elsewhere.code) == (FORBIDDEN.code, FORBIDDEN_NODE.code)
    assert "stock:adjust" in missing.message()
    assert "orders:write" in elsewhere.message()
