"""A customer of the test world, and links to his own privacy page."""

import secrets
from typing import NamedTuple

import msgspec

from mainstem.domains import customers
from mainstem.platform.execution import Executor

rights = customers.rights


class PrivacyLink(NamedTuple):
    """Where the page is, and the code that opens it."""

    path: str
    code: str


async def privacy_link(executor: Executor) -> PrivacyLink:
    """A link for somebody new, who is known by a telephone number and a name, and has asked for a correction."""
    reference = f"buyer-{secrets.token_hex(4)}"
    phone = customers.Identifier("phone", f"139{secrets.randbelow(10**8):08}")
    told = customers.Identify("CRM", reference, None, (phone,), customers.Attributes(name="王小明", city="上海"))
    call = customers.IDENTIFY.call(told, reference)
    (outcome,) = await executor.execute(customers.IDENTIFY, [call])
    assert outcome.accepted, outcome.refusal()
    customer = msgspec.json.decode(outcome.body, type=customers.Identified).customer
    asked = rights.OpenRequest(customer, "rectification", identity="in_person")
    await executor.execute(rights.OPEN_REQUEST, [rights.OPEN_REQUEST.call(asked, reference)])
    link = rights.new_link(customer, reference, actor=0)
    (outcome,) = await executor.execute(rights.MAKE_PRIVACY_LINK, [link.call])
    assert link.made(outcome)
    return PrivacyLink(link.path, link.code)
