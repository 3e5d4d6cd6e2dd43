"""Product lists: named SKUs that selectors name."""

from collections.abc import Sequence

from mainstem.domains import catalog
from mainstem.domains.catalog import BAD_CODE, UNKNOWN_SKU
from mainstem.domains.pricing.promotions import contracts as c
from mainstem.domains.pricing.promotions import store
from mainstem.domains.pricing.telling import tell
from mainstem.kernel.identifiers import is_code
from mainstem.kernel.refusals import Refusal, refuse
from mainstem.platform.execution import Call, Operation
from mainstem.platform.query import ask
from mainstem.platform.work import Work


async def _save(work: Work, calls: Sequence[Call[c.SaveProductList]]) -> list[c.ProductListSaved | Refusal]:
    await store.lock(work)
    names = {call.command.name.replace("\x00", "") for call in calls}
    skus = {sku for call in calls for sku in call.command.skus[: c.LIST_SKUS_MAX]}
    (variants,) = await ask(work.connection, catalog.variants_by_sku(skus))
    ids = {sku: one.id for sku, one in variants.items()}
    known = await store.product_lists(work, names)
    await work.reserve_ids(len(calls))
    answers: list[c.ProductListSaved | Refusal] = []
    for call in calls:
        command = call.command
        before = known.get(command.name)
        refusal = _wrong(command, ids) or _clash(command, before)
        if refusal is not None:
            answers.append(refusal)
            continue
        wanted = {ids[sku] for sku in command.skus}
        had = before.variants if before is not None else set()
        number = before.id if before is not None else work.ids.take()
        kept = store.KeptList(number, command.name, command.revision + 1, wanted)
        known[command.name] = kept
        added, removed = wanted - had, had - wanted
        store.save_list(work, kept, added, removed, call.actor)
        answer = c.ProductListSaved(kept.id, kept.name, kept.revision, len(wanted), len(added), len(removed))
        tell(work, call, "product_list_saved", kept.id, answer)
        answers.append(answer)
    return answers


def _wrong(command: c.SaveProductList, ids: dict[str, int]) -> Refusal | None:
    if not is_code(command.name) or "/" in command.name:
        return refuse(BAD_CODE, "/name", code=command.name[:80])
    if len(command.skus) > c.LIST_SKUS_MAX:
        return refuse(c.FORM_TOO_LARGE, "/skus", size=len(command.skus), limit=c.LIST_SKUS_MAX)
    for i, sku in enumerate(command.skus):
        if sku not in ids:
            return refuse(UNKNOWN_SKU, f"/skus/{i}", sku=sku[:80])
    return None


def _clash(command: c.SaveProductList, before: store.KeptList | None) -> Refusal | None:
    revision = before.revision if before is not None else 0
    if revision == command.revision:
        return None
    return refuse(c.LIST_CHANGED, "/revision", name=command.name, revision=revision, given=command.revision)


SAVE_PRODUCT_LIST = Operation("pricing.save_product_list", c.SaveProductList, c.ProductListSaved, _save)
