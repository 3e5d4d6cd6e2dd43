"""The edge of issuing cards: codes and PINs are made here, go to the one who asked, and go nowhere else.

The command, and with it the stored answer and the events, knows digests only. A repeated request is answered without
codes: whoever lost the answer freezes those cards and issues others.
"""

import hashlib
from dataclasses import dataclass, field, replace

import msgspec

from mainstem.domains.loyalty.cards.codes import Fresh, new_card
from mainstem.domains.loyalty.cards.commands import ISSUE_CARDS
from mainstem.domains.loyalty.cards.contracts import CARDS_MAX, CardsIssued, CardTerms, IssueCards
from mainstem.platform.execution import Call, Outcome
from mainstem.platform.vault import Vault

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(CardsIssued).decode


class IssuedCard(msgspec.Struct, frozen=True):
    """A card, told once: its id, its code and its PIN; both null when the request is a repetition."""

    card: int
    last4: str
    code: str | None
    pin: str | None


@dataclass(frozen=True, slots=True)
class CardIssuance:
    """A call of ISSUE_CARDS on its way, and the codes that its owner gets if it is accepted."""

    call: Call[IssueCards]
    _fresh: tuple[Fresh, ...] = field(repr=False)

    def cards(self, outcome: Outcome) -> list[IssuedCard]:
        """The cards with their codes when this call is the one that issued them; without, when it is a repetition."""
        issued = _decode(outcome.body)
        mine = not outcome.repeated and issued.last4 == tuple(one.made.last4 for one in self._fresh)
        return [
            IssuedCard(card, last4, fresh.code if mine else None, fresh.pin if mine else None)
            for card, last4, fresh in zip(issued.cards, issued.last4, self._fresh, strict=True)
        ]


def issue_cards(vault: Vault, terms: CardTerms, key: str, *, actor: int, trace: str = "") -> CardIssuance:
    """Make codes and the call that issues them; submit `.call`, then give `.cards(outcome)` to the one who asked.

    The fingerprint is that of the terms alone, so that the same request sent again gets the stored answer.
    """
    fresh = tuple(new_card(vault) for _ in range(min(max(terms.count, 0), CARDS_MAX)))
    command = IssueCards(terms, tuple(one.made for one in fresh))
    call = ISSUE_CARDS.call(command, key, actor=actor, trace=trace)
    fingerprint = hashlib.blake2b(_encode(terms), digest_size=16).digest()
    return CardIssuance(replace(call, fingerprint=fingerprint), fresh)
