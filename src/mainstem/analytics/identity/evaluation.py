"""How well clusters agree with a known truth."""

from collections import Counter
from collections.abc import Hashable, Sequence

from mainstem.analytics.identity.contracts import Quality


def quality(clusters: Sequence[Hashable], truth: Sequence[Hashable | None]) -> Quality:
    """Pairwise and B³ figures over the rows whose truth is known (not None).

    Without any true pair recall is 1, without any found pair precision is 1: nothing was missed, nothing was wrong.
    """
    known = [(cluster, true) for cluster, true in zip(clusters, truth, strict=True) if true is not None]
    found = Counter(cluster for cluster, _ in known)
    true = Counter(true for _, true in known)
    both = Counter(known)
    found_pairs, true_pairs, correct = _pairs(found), _pairs(true), _pairs(both)
    precision = correct / found_pairs if found_pairs else 1.0
    recall = correct / true_pairs if true_pairs else 1.0
    rows = len(known)
    b3_precision = sum(n * n / found[cluster] for (cluster, _), n in both.items()) / rows if rows else 1.0
    b3_recall = sum(n * n / true[person] for (_, person), n in both.items()) / rows if rows else 1.0
    return Quality(
        rows=rows,
        true_people=len(true),
        true_pairs=true_pairs,
        found_pairs=found_pairs,
        correct_pairs=correct,
        precision=round(precision, 6),
        recall=round(recall, 6),
        f1=round(_harmonic(precision, recall), 6),
        b3_precision=round(b3_precision, 6),
        b3_recall=round(b3_recall, 6),
        b3_f1=round(_harmonic(b3_precision, b3_recall), 6),
    )


def _pairs(sizes: "Counter[Hashable] | Counter[tuple[Hashable, Hashable]]") -> int:
    return sum(n * (n - 1) // 2 for n in sizes.values())


def _harmonic(one: float, other: float) -> float:
    return 2 * one * other / (one + other) if one + other else 0.0


def histogram(clusters: Sequence[Hashable]) -> dict[int, int]:
    """Rows of a cluster → how many clusters have so many, in the order of the size."""
    sizes = Counter(Counter(clusters).values())
    return {size: sizes[size] for size in sorted(sizes)}
