"""Which goods a promotion is about, in words."""

from mainstem.console.frame import N_
from mainstem.console.promotions.voice import Voice
from mainstem.domains.pricing import form as f


def goods(voice: Voice, selector: f.Selector) -> str:
    """The goods that a selector selects."""
    which = _which(voice, selector)
    shown = voice.t("goods {which}", which=voice.all_of(which)) if which else voice.t("all goods")
    if selector.exclude is None:
        return shown
    return voice.t("{goods} (except {others})", goods=shown, others=goods(voice, selector.exclude))


def _which(voice: Voice, selector: f.Selector) -> list[str]:
    found = [
        voice.t(text, values=voice.quoted(values))
        for text, values in (
            (N_("with SKU {values}"), selector.skus),
            (N_("of product {values}"), selector.products),
            (N_("of category {values}"), selector.categories),
            (N_("of brand {values}"), selector.brands),
            (N_("on list {values}"), selector.lists),
        )
        if values
    ]
    found += [
        voice.t("whose {attribute} is {values}", attribute=name, values=voice.quoted(values))
        for name, values in selector.attributes.items()
    ]
    least, most = selector.price_minor_min, selector.price_minor_max
    if least is not None and most is not None:
        found.append(voice.t("that cost {least} to {most}", least=voice.money(least), most=voice.money(most)))
    elif least is not None:
        found.append(voice.t("that cost at least {least}", least=voice.money(least)))
    elif most is not None:
        found.append(voice.t("that cost at most {most}", most=voice.money(most)))
    return found
