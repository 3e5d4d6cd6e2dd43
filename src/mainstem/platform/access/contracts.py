"""What access is told and what it answers: principals, keys, roles, the caller of a request, and the refusals."""

from datetime import datetime
from typing import Annotated

import msgspec

from mainstem.kernel.refusals import Kind, Refusal, declare, refuse
from mainstem.platform.access.permissions import Permission

Moment = Annotated[datetime, msgspec.Meta(tz=True)]


class CreatePrincipal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Create who or what acts: a person, a till, a connector. `node` is a node's id, given exactly for a bound role.

    Whether the node exists is the sender's business: the platform knows no catalog.
    """

    name: str
    role: str
    node: int | None = None


class KeyTerms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The key that is asked for. Empty scopes: all that the principal's role holds. No expiry: until it is revoked."""

    principal: int
    scopes: tuple[str, ...] = ()
    expires_at: Moment | None = None


class IssueKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Issue a key made at the edge (`issuing.issue`): only its public prefix and its hash come in here."""

    terms: KeyTerms
    prefix: str
    hash: bytes


class RevokeKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Revoke the key with this id, for good. Revoking a revoked key changes nothing."""

    key: int


class ChangeRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Give a principal another role or node. Its keys keep their scopes as far as the new role holds them."""

    principal: int
    role: str
    node: int | None = None


class Bootstrap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Create the first administrator with this key; refused when there is an administrator."""

    prefix: str
    hash: bytes


class PrincipalChanged(msgspec.Struct, frozen=True):
    """A principal as it is after the command."""

    principal: int
    name: str
    role: str
    node: int | None


class KeyIssued(msgspec.Struct, frozen=True):
    """A key as the database knows it; its secret is not here."""

    key: int
    principal: int
    prefix: str
    scopes: tuple[str, ...]
    expires_at: datetime | None


class KeyRevoked(msgspec.Struct, frozen=True):
    """A revoked key, and since when."""

    key: int
    principal: int
    prefix: str
    revoked_at: datetime


class RoleChanged(msgspec.Struct, frozen=True):
    """Payload of the event `access.role_changed`: before and after."""

    principal: int
    role_before: str
    node_before: int | None
    role: str
    node: int | None


class PrincipalRow(msgspec.Struct, frozen=True):
    """A principal in a list."""

    principal: int
    name: str
    role: str
    node: int | None
    created_at: datetime


class KeyRow(msgspec.Struct, frozen=True):
    """A key in a list. `last_used_at` is about a minute behind at most."""

    key: int
    principal: int
    prefix: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


class Caller(msgspec.Struct, frozen=True):
    """Who sends a request, proven by a key: permission codes, and the node that the principal is bound to, if any."""

    principal: int
    key: int
    role: str
    permissions: frozenset[str]
    node: int | None = None

    def may(self, permission: Permission, node: int | None = None) -> bool:
        """Whether the caller has a permission at a node; None stands for the network as a whole.

        A caller bound to a node has the permissions exercised at nodes at that node only: not at others, and not for
        the network as a whole. Other permissions (to see prices, say) do not depend on the node.
        """
        if permission.code not in self.permissions:
            return False
        return self.node is None or not permission.at_node or node == self.node

    def lacks(self, permission: Permission, node: int | None = None) -> Refusal | None:
        """The refusal to answer with when the caller may not, else None."""
        if self.may(permission, node):
            return None
        code = FORBIDDEN_NODE if permission.code in self.permissions else FORBIDDEN
        return refuse(code, permission=permission.code)


UNAUTHENTICATED = declare(
    "unauthenticated",
    Kind.UNAUTHENTICATED,
    "The request carries no valid API key.",
    "Send the header Authorization: Bearer with a whole, live API key.",
)
KEY_EXPIRED = declare(
    "key_expired", Kind.UNAUTHENTICATED, "The API key has expired.", "Ask an administrator for a new key."
)
FORBIDDEN = declare(
    "forbidden",
    Kind.FORBIDDEN,
    "The permission {permission} is missing.",
    "Use a key that has it, or ask an administrator for it.",
)
FORBIDDEN_NODE = declare(
    "forbidden_node",
    Kind.FORBIDDEN,
    "The permission {permission} is held for the caller's own node only.",
    "Name that node, or use a key that is not bound to a node.",
)
UNKNOWN_ROLE = declare("unknown_role", Kind.INVALID, "There is no role {role}.", "Use one of {roles}.")
UNKNOWN_PERMISSION = declare(
    "unknown_permission",
    Kind.INVALID,
    "There is no permission {permission}.",
    "Use the codes of the permission matrix.",
)
SCOPE_BEYOND_ROLE = declare(
    "scope_beyond_role",
    Kind.CONFLICT,
    "The role {role} does not hold {permission}.",
    "Leave that scope out, or give the principal another role.",
)
BAD_PRINCIPAL_NAME = declare(
    "bad_principal_name",
    Kind.INVALID,
    "{name} cannot name a principal.",
    "Use 1 to 64 visible characters without blanks at either end.",
)
PRINCIPAL_EXISTS = declare(
    "principal_exists", Kind.CONFLICT, "There is a principal {name} already.", "Use another name, or that principal."
)
NODE_REQUIRED = declare("node_required", Kind.INVALID, "The role {role} is bound to one node.", "Name the node.")
NODE_NOT_ALLOWED = declare(
    "node_not_allowed", Kind.INVALID, "The role {role} is not bound to a node.", "Leave the node out."
)
EXPIRY_PAST = declare(
    "expiry_past", Kind.INVALID, "The expiry {expires_at} is not in the future.", "Send a later moment, or none."
)
LAST_ADMINISTRATOR = declare(
    "last_administrator",
    Kind.CONFLICT,
    "Principal {principal} is the last administrator.",
    "Make another principal an administrator first.",
)
ADMINISTRATOR_EXISTS = declare(
    "administrator_exists", Kind.CONFLICT, "There is an administrator already.", "Use a key of that administrator."
)
