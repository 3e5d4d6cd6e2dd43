"""Texts in the languages people read: English is written in the code, Simplified Chinese in gettext catalogues.

What is stored, compared and sent between rooms carries no language: texts are translated at the edge, by their English
template. Each `zh_CN.po` below the package translates the texts of the folder it lies in, and of the folders below;
this one those that have none nearer.
"""

from mainstem.platform.texts.catalogue import LANGUAGES, N_, Language, catalogue, translate
from mainstem.platform.texts.negotiation import negotiate
from mainstem.platform.texts.wording import readable, worded

__all__ = ["LANGUAGES", "N_", "Language", "catalogue", "negotiate", "readable", "translate", "worded"]
