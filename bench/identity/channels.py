"""What each source says of a person: card programme, tills, web shop, mini-program, app and two marketplaces."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from bench.identity import places
from bench.identity.rates import BEGIN
from bench.identity.telling import PLACEHOLDER_EMAILS, PLACEHOLDER_PHONES, Said, Teller
from mainstem.domains.customers import Identifier

Visit = Callable[[Teller, datetime], None]

NICKNAMES = ("小确幸", "A", "微信用户", "阳光", "🌸", "Leo")
CLUB, MINI, OFFICIAL = "club", "wx-mini", "wx-official"


def card(teller: Teller, number: str) -> Said:
    """The member card, scanned or just handed out."""
    written = teller.once(("card", number), lambda: f"{number[:4]} {number[4:]}" if teller.chance(0.02) else number)
    return Said(Identifier("member_card", written, scope=CLUB, verified=True), f"card:{number}")


def _club_phone(teller: Teller, moment: datetime) -> list[Said]:
    """The number under which a member card stands: the member's, the clerk's, one of the family's, none, a filler."""
    rates = teller.rates
    clerks = teller.population.clerks.get(places.shops(teller.person.home(moment).city)[0])
    if clerks and teller.keeps("clerk", rates.clerk_enrols):
        return [clerk_phone(teller, clerks)]
    if teller.keeps("filler", rates.placeholder):
        filler = teller.once("which filler", lambda: teller.random.choice(PLACEHOLDER_PHONES))
        return [Said(Identifier("phone", filler))]
    if teller.keeps("no phone", 0.02):
        return []
    return [teller.phone(moment, verified=teller.keeps("code sent", 0.55), of=teller.relative(rates.family_phone))]


def clerk_phone(teller: Teller, clerks: list[str]) -> Said:
    """The number of one of these clerks."""
    number = teller.once("clerk's phone", lambda: teller.random.choice(clerks))
    return Said(Identifier("phone", number), hub=f"phone:{number}")


def enrol(number: int, suffix: str = "") -> Visit:
    """The card programme's record: enrolment, and each time it is brought up to date."""
    member = f"{number:07d}{suffix}"

    def tell(teller: Teller, moment: datetime) -> None:
        attributes: dict[str, Any] = {
            "name": teller.name(clerk=True) if teller.keeps("name", 0.95) else "",
            "gender": teller.person.gender if teller.keeps("gender", 0.85) else "",
            "birth_date": teller.birth() if teller.keeps("birth", 0.8) else "",
        }
        if teller.keeps("address", 0.3):
            attributes |= teller.address(moment)
        teller.tell("loyalty", f"M{member}", moment, [card(teller, member_card(member)), *_club_phone(teller, moment)],
                    attributes)  # fmt: skip

    return tell


def member_card(member: str) -> str:
    """The number on the card of a member."""
    return f"62{int(''.join(letter for letter in member if letter.isdigit())):09d}{len(member)}"


def till(number: int, *, enrolled: datetime | None, shops: tuple[str, ...]) -> Visit:
    """A visit to one of the person's shops: the card is scanned or the number told, or a clerk writes his own."""

    def tell(teller: Teller, moment: datetime) -> None:
        shop = teller.random.choices(shops, (6, 2, 1, 1)[: len(shops)])[0]
        if enrolled and enrolled <= moment and teller.chance(0.8):
            teller.tell(shop, "", moment, [card(teller, member_card(f"{number:07d}"))])
            return
        clerks = teller.population.clerks.get(shop)
        if clerks and teller.chance(teller.rates.clerk_ticket):
            ticket = f"T{int((moment - BEGIN).total_seconds()):09d}-{number}"
            name = teller.person.name.whole if teller.chance(0.7) else ""
            teller.tell(shop, ticket, moment, [clerk_phone(teller, clerks)], {"name": name})
            return
        said = [teller.phone(moment, verified=False)]
        if teller.chance(teller.rates.shop_card):
            owned = teller.random.choice(teller.population.cards)
            said.append(Said(Identifier("member_card", owned, scope=CLUB, verified=True), hub=f"card:{owned}"))
        teller.tell(shop, "", moment, said)

    return tell


def web(number: int) -> Visit:
    """The web shop: an account with its e-mail address and number, stated with each order; some order as guests."""

    def tell(teller: Teller, moment: datetime) -> None:
        rates = teller.rates
        said = []
        if teller.keeps("shop email", rates.shop_email):
            mailbox = teller.once("mailbox", lambda: teller.random.choice(teller.population.mailboxes))
            said.append(Said(Identifier("email", mailbox), hub=f"email:{mailbox}"))
        elif teller.keeps("filler", rates.placeholder):
            filler = teller.once("which filler", lambda: teller.random.choice(PLACEHOLDER_EMAILS))
            said.append(Said(Identifier("email", filler)))
        else:
            said.append(teller.email(verified=teller.keeps("confirmed", 0.8), of=teller.relative(rates.family_email)))
        guest = teller.keeps("guest", 0.1)
        if guest or teller.keeps("phone", 0.7):  # nobody delivers to a guest without a number
            said.append(teller.phone(moment, verified=teller.keeps("code sent", 0.6)))
        if teller.chance(rates.gift):
            other = teller.random.choice(teller.population.people).phone(moment)
            said.append(Said(Identifier("phone", other, role="attribute")))
        attributes: dict[str, Any] = {
            "name": teller.name(clerk=False) if teller.keeps("name", 0.85) else "",
            "gender": teller.person.gender if teller.keeps("gender", 0.3) else "",
            "birth_date": teller.birth() if teller.keeps("birth", 0.25) else "",
        }
        if teller.keeps("address", 0.85):
            attributes |= teller.address(moment)
        reference = "" if guest else f"U{number:07d}"
        teller.tell("web", reference, moment, said, attributes)

    return tell


def mini(number: int, unionid: str, suffix: str = "", phone: str = "") -> Visit:
    """The mini-program: openid, mostly unionid, the number where the user allowed it. `phone` is a second account's."""

    def tell(teller: Teller, moment: datetime) -> None:
        openid = f"oM{number:07d}{suffix}x"
        said = [Said(Identifier("openid", openid, scope=MINI, verified=True), f"openid:{openid}")]
        if unionid:
            said.append(Said(Identifier("unionid", unionid, verified=True), f"unionid:{unionid}"))
        if phone:
            said.append(Said(Identifier("phone", phone, verified=True), f"phone:{phone}"))
        elif teller.keeps("phone", teller.rates.mini_phone):
            said.append(teller.phone(moment, verified=True))
        nickname = teller.once("nickname", lambda: teller.random.choice(NICKNAMES))
        attributes: dict[str, Any] = {
            "custom": {"nickname": nickname},
            "name": teller.name(clerk=False) if teller.keeps("name", 0.3) else "",
            "gender": teller.person.gender if teller.keeps("gender", 0.3) else "",
            "birth_date": teller.birth() if teller.keeps("birth", 0.3) else "",
            "city": teller.person.home(moment).city if teller.keeps("city", 0.4) else "",
        }
        teller.tell("mini", openid, moment, said, attributes)

    return tell


def official(number: int, unionid: str) -> Visit:
    """The official account: another openid of the same unionid."""

    def tell(teller: Teller, moment: datetime) -> None:
        openid = f"oA{number:07d}y"
        said = [Said(Identifier("openid", openid, scope=OFFICIAL, verified=True), f"openid:{openid}")]
        if unionid:
            said.append(Said(Identifier("unionid", unionid, verified=True), f"unionid:{unionid}"))
        teller.tell("official", openid, moment, said)

    return tell


def app(number: int, unionid: str) -> Visit:
    """The app: a confirmed number, the device, sometimes WeChat's or an e-mail address."""

    def tell(teller: Teller, moment: datetime) -> None:
        rates = teller.rates
        said = []
        if teller.keeps("phone", 0.92):
            said.append(teller.phone(moment, verified=True))
        if teller.keeps("demo", rates.demo_device):
            tablet = teller.once("tablet", lambda: teller.random.choice(teller.population.tablets))
            said.append(Said(Identifier("device", tablet, verified=True), hub=f"device:{tablet}"))
        elif teller.keeps("device", 0.7):
            owner = teller.relative(rates.family_device) or teller.person
            said.append(
                Said(Identifier("device", f"device-{owner.number:08d}", verified=True), f"device:{owner.number}")
            )
        if unionid and teller.keeps("wechat", 0.35):
            said.append(Said(Identifier("unionid", unionid, verified=True), f"unionid:{unionid}"))
        if teller.keeps("email", 0.2):
            said.append(teller.email(verified=False))
        attributes = {
            "name": teller.name(clerk=False) if teller.keeps("name", 0.6) else "",
            "gender": teller.person.gender if teller.keeps("gender", 0.5) else "",
            "birth_date": teller.birth() if teller.keeps("birth", 0.45) else "",
        }
        teller.tell("app", f"A{number:07d}", moment, said, attributes)

    return tell


def marketplace(source: str, number: int) -> Visit:
    """A marketplace: the buyer's id in the shop, name and number masked unless the buyer joined the brand there."""

    def tell(teller: Teller, moment: datetime) -> None:
        buyer = f"{source}-{number * 7919 % 10**9:09d}"
        said = [Said(Identifier("buyer", buyer, scope=f"{source}:flagship", verified=True), f"buyer:{buyer}")]
        name, phone, home = teller.person.name, teller.person.phone(moment), teller.person.home(moment)
        if teller.keeps("joined", teller.rates.marketplace_phone):
            said.append(teller.phone(moment, verified=True))
        else:
            said.append(Said(Identifier("phone", f"{phone[:3]}****{phone[7:]}")))
        masked = (name.family or name.given)[:1] + "*" * max(len(name.given), 1)
        teller.tell(source, buyer, moment, said, {"name": masked, "city": home.city, "region": home.region})

    return tell
