"""Figures that tell next to nothing of any one customer: differential privacy, with a budget on the ledger."""

from mainstem.analytics.private_release.contracts import PrivateFigure, PrivateRelease, PrivateReleased
from mainstem.analytics.private_release.releasing import RELEASE_PRIVATELY

__all__ = ["RELEASE_PRIVATELY", "PrivateFigure", "PrivateRelease", "PrivateReleased"]
