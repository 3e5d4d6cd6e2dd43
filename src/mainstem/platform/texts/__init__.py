"""Texts in the languages people read: English is written in the code, Simplified Chinese in a gettext catalogue.

What is stored, compared and sent between rooms carries no language: texts are translated at the edge, by their English
template. `messages.pot` is what `extract` finds in the code; `zh_CN.po` is its translation.
"""

from mainstem.platform.texts.catalogue import LANGUAGES, Language, catalogue, translate
from mainstem.platform.texts.negotiation import negotiate

__all__ = ["LANGUAGES", "Language", "catalogue", "negotiate", "translate"]
