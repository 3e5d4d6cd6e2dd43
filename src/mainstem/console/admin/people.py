"""The directory, a principal's page, and what roles may do."""

from mainstem.console.admin import words
from mainstem.console.frame import MissingError, Problem, Reply, Visit, html, see_other
from mainstem.kernel.refusals import refuse
from mainstem.platform import access
from mainstem.platform.access import people
from mainstem.platform.access.directory import PRINCIPAL_CHANGED, DirectoryFilter, Listed, directory, listed
from mainstem.platform.access.permissions import KEYS_WRITE, PERMISSIONS
from mainstem.platform.query import ask

PAGE = 50
KEYS_MAX = 200
SESSIONS_MAX = 50
INTEGER_MAX = 2**63 - 1


async def listing(visit: Visit) -> Reply:
    """Principals and people, the latest first."""
    query = visit.query
    node = visit.network.node(query.get("node", ""))
    wanted = DirectoryFilter(
        text=query.get("q") or None,
        role=query.get("role") or None,
        node=None if node is None else node.id,
        kind=kind if (kind := query.get("kind")) in ("person", "key") else None,
        disabled={"disabled": True, "enabled": False}.get(query.get("standing", "")),
    )
    before = number(query.get("before", ""))
    async with visit.desk.database.transaction() as connection:
        (rows,) = await ask(connection, directory(wanted, PAGE + 1, before))
    shown = rows[:PAGE]
    return html(
        visit,
        "admin/templates/people.html",
        rows=[(row, words.role_name(visit, row.role), words.node_name(visit, row.node)) for row in shown],
        roles=words.roles(visit),
        nodes=words.nodes(visit),
        next_url=visit.url(before=shown[-1].principal) if len(rows) > PAGE else "",
        first_url=visit.url(before=None) if before else "",
        narrowed=any(query.get(name) for name in ("q", "role", "node", "kind", "standing")),
        may=visit.allowed(KEYS_WRITE),
    )


async def show(visit: Visit) -> Reply:
    """A principal: its role, how it signs in, its sessions and keys."""
    return await page(visit)


async def page(visit: Visit, problem: Problem | None = None, typed: dict[str, str] | None = None) -> Reply:
    """The page of a principal, with what was refused and typed."""
    principal: int = visit.path["principal"]
    row = await the_principal(visit)
    async with visit.desk.database.transaction() as connection:
        keys, sessions = await ask(
            connection,
            access.list_keys(principal=principal, limit=KEYS_MAX),
            people.list_sessions(principal, limit=SESSIONS_MAX),
        )
    node = None if row.node is None else visit.network.nodes.get(row.node)
    return html(
        visit,
        "admin/templates/person.html",
        status=problem.status if problem else 200,
        row=row,
        role=words.role_name(visit, row.role),
        node=node,
        keys=sorted(keys, key=lambda key: (key.revoked_at is not None, -key.key)),
        sessions=[(session, visit.t(words.WAYS[session.way])) for session in sessions],
        roles=words.roles(visit),
        nodes=words.nodes(visit),
        bound={name for name, role in access.ROLES.items() if role.bound},
        may=visit.allowed(KEYS_WRITE),
        own=principal == visit.caller.principal,
        problem=problem,
        typed=typed or {"role": row.role, "node": "" if node is None else node.code},
    )


async def change_role(visit: Visit) -> Reply:
    """Give the principal another role or node, if it still is what the form was made for."""
    form = await visit.form()
    row = await the_principal(visit)
    if (row.role, str(row.node or "")) != (form.text("was_role"), form.text("was_node")):
        return await page(visit, visit.problem(refuse(PRINCIPAL_CHANGED)), form.typed())
    node = visit.network.node(form.text("node"))
    command = access.ChangeRole(row.principal, form.text("role"), None if node is None else node.id)
    done = await visit.run(access.CHANGE_ROLE, command, form.text("key"))
    if isinstance(done, Problem):
        return await page(visit, done, form.typed())
    return see_other(f"/admin/people/{row.principal}", notice=visit.t("The role is changed."))


async def roles(visit: Visit) -> Reply:
    """Which role may do what."""
    chinese = visit.language == "zh"
    matrix = [
        (one.code, one.zh if chinese else one.en, [_cell(role, one) for role in access.ROLES.values()])
        for one in PERMISSIONS.values()
    ]
    return html(visit, "admin/templates/roles.html", matrix=matrix, roles=words.roles(visit))


def _cell(role: access.Role, permission: access.Permission) -> str:
    """`yes`, `node` for at the own node only, "" for no."""
    if permission.code not in role.permissions:
        return ""
    return "node" if role.bound and permission.at_node else "yes"


async def the_principal(visit: Visit) -> Listed:
    """The principal that the address names; raises MissingError."""
    principal: int = visit.path["principal"]
    if principal > INTEGER_MAX:
        raise MissingError
    async with visit.desk.database.transaction() as connection:
        (row,) = await ask(connection, listed(principal))
    if row is None:
        raise MissingError
    return row


def number(text: str) -> int | None:
    """A whole number of the address that the database can hold; None for what is none."""
    found = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(INTEGER_MAX)) else None
    return found if found is None or found <= INTEGER_MAX else None
