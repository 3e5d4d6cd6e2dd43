"""Attaching a tag to a customer, and removing one."""

from urllib.parse import urlsplit

from mainstem.console.customers import overview
from mainstem.console.frame import Problem, Reply, Visit, see_other
from mainstem.domains import customers

LENGTH_MAX = 200


async def attach(visit: Visit) -> Reply:
    """Attach the tag that was typed; small letters are made of capital ones, and a hyphen of blanks."""
    form = await visit.form()
    number: int = visit.path["customer"]
    typed = form.text("tag")
    tag = "-".join(typed.casefold().split())[:LENGTH_MAX]
    done = await visit.run(customers.SET_TAG, customers.SetTag(number, tag), form.text("key"))
    if isinstance(done, Problem):
        return await overview.page(visit, number, done, typed=typed)
    return see_other(_back(visit, number), notice=visit.t("The tag is attached."))


async def remove(visit: Visit) -> Reply:
    """Remove a tag from every record of the customer."""
    form = await visit.form()
    number: int = visit.path["customer"]
    done = await visit.run(customers.REMOVE_TAG, customers.RemoveTag(number, form.text("tag")), form.text("key"))
    if isinstance(done, Problem):
        return await overview.page(visit, number, done)
    return see_other(_back(visit, number), notice=visit.t("The tag is removed."))


def _back(visit: Visit, number: int) -> str:
    """The page of the customer on which the form stood."""
    own = f"/customers/{number}"
    return f"{own}/traits" if urlsplit(visit.came_from).path == f"{own}/traits" else own
