"""What two records say of each other: their shared identifiers under the policy, and how alike their attributes are."""

from collections.abc import Iterable
from datetime import timedelta

import msgspec

from mainstem.domains.customers.graph.facts import Band, Claim, Evidence, Likeness, Record, Rule, Sign, Use
from mainstem.domains.customers.identifiers import POLICIES, IdentifierPolicy, NameLikeness

_SCORED_STRENGTH_MAX = 299
_NOTHING_KNOWN = Likeness()


class Thresholds(msgspec.Struct, frozen=True):
    """Weights (log2 Bayes factors) at which attributes alone link, ask a person, and contradict."""

    link: float
    review: float
    contradiction: float


def likeness(
    weight: float, levels: tuple[tuple[str, str, float], ...], names: NameLikeness, thresholds: Thresholds
) -> Likeness:
    """What the score of two records' attributes says. Without levels nothing was compared, so nothing is known."""
    band: Band = "open"
    if not levels:
        pass
    elif weight >= thresholds.link:
        band = "same"
    elif weight >= thresholds.review:
        band = "likely"
    elif weight <= thresholds.contradiction:
        band = "different"
    return Likeness(band=band, names=names, weight=weight, levels=levels)


def judge(left: Record, right: Record, alike: Likeness = _NOTHING_KNOWN) -> tuple[Claim, ...]:
    """What is to be asserted of two records, at most one claim a shared identifier and one of their attributes.

    A function of the two records alone and symmetrical in them, so the order of arrival cannot matter. Whether an
    identifier is suspended, or a cap is exceeded, is not asked here: that is derived, and changes without this.

    - An identifier that both use as identity and that is one person's by policy, verified as far as needed, joins.
    - Attributes that contradict (scored so, or names known and different) turn what is not strong into -1.
    - One that slept between the two uses joins last of all, and derivation asks that nobody contradicts it.
    - One of another epoch, not verified as needed, or no more than an attribute by policy, joins only if more agrees:
      names are known and equal, or attributes score as the same.
    - One that either uses as an attribute, or whose lifetime ended between the two uses, says nothing.
    - Attributes that score as the same join by themselves, the middle band asks a person.
    """
    theirs = {use.identifier: use for use in right.uses}
    claims = [
        claim
        for use in left.uses
        if use.identifier in theirs and (claim := _shared(use, theirs[use.identifier], alike)) is not None
    ]
    claims.sort(key=lambda claim: (-claim.strength, claim.evidence.type, claim.identifier))
    if alike.band == "same":
        strength = min(_SCORED_STRENGTH_MAX, max(1, round(alike.weight * 5)))
        claims.append(Claim(sign=1, rule="scored", strength=strength, evidence=_evidence(alike, agreed=True)))
    elif alike.band == "likely":
        claims.append(Claim(sign=0, rule="scored", evidence=_evidence(alike, agreed=False, review="middle")))
    return tuple(claims)


def to_append(known: Iterable[Claim], said: Iterable[Claim]) -> tuple[Claim, ...]:
    """The claims to append so that, of automatic ones, exactly `said` counts where `known` counted before.

    What is no longer said is withdrawn by a claim of sign 0. Claims of people and of batches are left alone.
    """
    before = {(claim.rule, claim.identifier): claim for claim in known if claim.rule in ("shared", "scored")}
    now: dict[tuple[Rule, int | None], Claim] = {(claim.rule, claim.identifier): claim for claim in said}
    changed = [claim for key, claim in now.items() if key not in before or _content(before[key]) != _content(claim)]
    withdrawn = [
        Claim(sign=0, rule=rule, identifier=identifier)
        for (rule, identifier), claim in before.items()
        if (rule, identifier) not in now and (claim.sign or claim.evidence.review)
    ]
    return (*changed, *withdrawn)


def _shared(mine: Use, other: Use, alike: Likeness) -> Claim | None:
    """What one identifier that both records use says."""
    policy = POLICIES[mine.type]
    gap = max(mine.first_at, other.first_at) - min(mine.last_at, other.last_at)
    if "attribute" in (mine.role, other.role) or _longer(gap, policy.lifetime_days):
        return None
    verification = min(mine.verification, other.verification)
    joins = policy.sharing == "one person" and verification >= policy.verification_needed
    strong = joins and policy.strong_from is not None and verification >= policy.strong_from
    asleep, ended = _longer(gap, policy.sleep_days), _longer(gap, policy.epoch_days)
    agreed = alike.names == "equal" or alike.band == "same"
    unlike = alike.band == "different" or (alike.names == "different" and alike.band != "same")
    sign = _sign(joins=joins and not ended, agreed=agreed, unlike=unlike and not strong, silent=not joins)
    if not sign:
        return None
    evidence = msgspec.structs.replace(
        _evidence(alike, agreed=agreed and not unlike),
        type=mine.type,
        verification=verification,
        strong=strong,
        asleep=asleep,
    )
    strength = _strength(policy, verification, agreed=evidence.agreed, alone=joins and not asleep) if sign > 0 else 0
    return Claim(sign=sign, rule="shared", identifier=mine.identifier, strength=strength, evidence=evidence)


def _sign(*, joins: bool, agreed: bool, unlike: bool, silent: bool) -> Sign:
    """+1 for what joins by itself or because more agrees; -1 for contradiction, unless it would not have joined."""
    if unlike:
        return 0 if silent else -1
    return 1 if joins or agreed else 0


def _strength(policy: IdentifierPolicy, verification: int, *, agreed: bool, alone: bool) -> int:
    """By type first, then verification, then agreement of the attributes; half for what does not join alone.

    What slept and nothing confirms is the last that is heard: a hundredth.
    """
    strength = 10 * policy.strength + 3 * verification + 2 * agreed
    if alone:
        return strength
    return strength // 2 if agreed else strength // 100


def _evidence(alike: Likeness, *, agreed: bool, review: str = "") -> Evidence:
    return Evidence(
        agreed=agreed,
        review=review,
        names=alike.names,
        band=alike.band,
        weight=alike.weight,
        levels=alike.levels,
    )


def _content(claim: Claim) -> tuple[object, ...]:
    return claim.sign, claim.strength, claim.evidence


def _longer(gap: timedelta, days: int | None) -> bool:
    return days is not None and gap > timedelta(days=days)
