"""Which values are the same identifier, which are unusable, and which are nobody's."""

import pytest

from mainstem.domains.customers.identifiers import POLICIES, TYPES, compare_names, is_placeholder, normalise, read_name

pytestmark = pytest.mark.spec


def wide(text: str) -> str:
    """The text in full-width characters, as Chinese keyboards type it."""
    return "".join(chr(ord(char) + 0xFEE0) for char in text)


@pytest.mark.parametrize(
    ("given", "same"),
    [
        ("13812345679", "+8613812345679"),
        ("+86 138 1234 5679", "+8613812345679"),
        ("8613812345679", "+8613812345679"),
        ("008613812345679", "+8613812345679"),
        ("013812345679", "+8613812345679"),  # the zero of a long-distance call
        ("138-1234-5679", "+8613812345679"),
        (wide("13812345679"), "+8613812345679"),
        ("\u0661\u0663\u0668\u0661\u0662\u0663\u0664\u0665\u0666\u0667\u0669", "+8613812345679"),  # Arabic
        ("\u202d13812345679\u202c", "+8613812345679"),  # marks of direction, copied from a chat
        ("'13812345679", "+8613812345679"),  # a spreadsheet's text
        ("13812345679.0", "+8613812345679"),  # a spreadsheet's number
        ("010-65529988", "+861065529988"),
        ("(010) 6552 9988", "+861065529988"),
        ("010-65529988转8012", "+861065529988;ext=8012"),
        ("021-61234567-8012", "+862161234567;ext=8012"),
        ("+86 21 6123 4567 ext. 12", "+862161234567;ext=12"),
        ("+852 9123 4567", "+85291234567"),
        ("+1 415 555 2671", "+14155552671"),
        ("tel:+49-30-901820", "+4930901820"),
        ("138****0000", None),
        ("138xxxx0000", None),
        ("13812345679-1234", None),  # a marketplace's relay: another person's next month
        ("13812345679转1234", None),
        ("13812345679/13912345670", None),  # whose of the two?
        ("1.38E+10", None),
        ("1381234567", None),
        ("138123456790", None),
        ("12812345679", None),
        ("95588", None),
        ("1-800-FLOWERS", None),
        ("abc13812345679", None),
        ("一三八", None),
        ("138\x0012345679", None),
        ("+", None),
    ],
)
def test_phone(given: str, same: str | None) -> None:
    assert normalise("phone", given) == same


@pytest.mark.parametrize(
    ("given", "region", "same"),
    [
        ("(415) 555-2671", "US", "+14155552671"),
        ("030 901820", "DE", "+4930901820"),
        ("+8613812345679", "US", "+8613812345679"),
        ("13812345679", "US", None),
        ("13812345679", "CN", "+8613812345679"),
        ("13812345679", "nowhere", None),
    ],
)
def test_phone_of_a_region(given: str, region: str, same: str | None) -> None:
    assert normalise("phone", given, region) == same


@pytest.mark.parametrize(
    ("given", "same"),
    [
        ("Ann.Lee+shop@Gmail.com", "annlee@gmail.com"),
        ("annlee@googlemail.com", "annlee@gmail.com"),
        ("Ann.Lee+shop@outlook.com", "ann.lee@outlook.com"),  # drops what follows the plus, keeps the dot
        ("ann+shop@firm.de", "ann+shop@firm.de"),  # a firm's plus may be part of the name
        (wide("ANN@QQ.COM"), "ann@qq.com"),
        ("mailto:ann@qq.com", "ann@qq.com"),
        ("ann@qq.com.", "ann@qq.com"),
        ("ann@Bücher.de", "ann@xn--bcher-kva.de"),
        ("张三@例子。中国", "张三@xn--fsqu00a.xn--fiqs8s"),
        ("\u0430nn@qq.com", "\u0430nn@qq.com"),  # a Cyrillic letter is not the Latin one
        ("ann", None),
        ("@qq.com", None),
        ("ann@@qq.com", None),
        ("ann lee@qq.com", None),
        ('"ann lee"@qq.com', None),
        ("ann..lee@qq.com", None),
        ("ann@localhost", None),
        ("ann@1.2.3.4", None),
        ("ann@-qq.com", None),
        ("+tag@gmail.com", None),
        ("x" * 65 + "@qq.com", None),
        ("a***n@qq.com", None),
    ],
)
def test_email(given: str, same: str | None) -> None:
    assert normalise("email", given) == same


@pytest.mark.parametrize(
    ("type_", "given", "same"),
    [
        ("unionid", " o6_bmjrPTlm6_2sgVt7hMZOPfL2M ", "o6_bmjrPTlm6_2sgVt7hMZOPfL2M"),
        ("unionid", "o6 bmjr", None),
        ("openid", "OPENID", "OPENID"),  # case counts
        ("openid", "openid", "openid"),
        ("openid", "开放", None),
        ("payment_token", "tok_4Fz", "tok_4Fz"),
        ("device", "6D92078A-8246-4BA4-AE5B-76104861E7DC", "6d92078a-8246-4ba4-ae5b-76104861e7dc"),
        ("member_card", "vip 6200-1234", "VIP62001234"),
        ("member_card", wide("6200"), "6200"),
        ("buyer", "小红  的店", "小红 的店"),
        ("buyer", "小***红", None),
        ("external", "C-0042", "C-0042"),
        ("external", "c-0042", "c-0042"),
    ],
)
def test_other_types(type_: str, given: str, same: str | None) -> None:
    assert normalise(type_, given) == same


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize(
    "value",
    [
        *("", " ", "null", "NULL", "None", "n/a", "N/A", "undefined", "未知", "无", "(null)", "<none>", "-", "--", "?"),
        *(
            "0",
            "0000000",
            "00000000-0000-0000-0000-000000000000",
            "anonymous",
            "匿名",
            "*****",
            "\x00",
            "a\x07b",
            "\ud800",
            "x" * 321,
            "1" * 10_000_000,
        ),
    ],
)
def test_unusable_as_anything(type_: str, value: str) -> None:
    assert normalise(type_, value) is None


@pytest.mark.parametrize("type_", TYPES)
def test_ten_megabytes_are_unusable(type_: str) -> None:
    assert normalise(type_, "1" * 10_000_000) is None


@pytest.mark.parametrize(
    ("type_", "given", "nobody"),
    [
        ("phone", "13800000000", True),
        ("phone", "13888888888", True),
        ("phone", "13812345678", True),
        ("phone", "13987654321", True),
        ("phone", "13800138000", True),  # China Mobile's example
        ("phone", "400-820-8820", True),  # a firm's line
        ("phone", "+1 212 555 0123", True),  # for films
        ("phone", "13812345679", False),
        ("phone", "010-65529988", False),
        ("email", "test@firm.com", True),
        ("email", "Anonymous@shop.cn", True),
        ("email", "noreply@shop.cn", True),
        ("email", "info@shop.cn", True),
        ("email", "123456@qq.com", True),
        ("email", "11111@qq.com", True),
        ("email", "10427193@qq.com", False),
        ("email", "ann@shop.cn", False),
        ("device", "9774D56D682E549C", True),  # what a series of Android phones answered
        ("device", "02:00:00:00:00:00", True),
        ("device", "6D92078A-8246-4BA4-AE5B-76104861E7DC", False),
        ("member_card", "88888888", True),
        ("member_card", "123456", True),
        ("member_card", "62001234", False),
        ("external", "123456", False),  # a sequence's number like any other
        ("external", "1111", False),
    ],
)
def test_nobodys(type_: str, given: str, nobody: bool) -> None:  # noqa: FBT001 - a column of the table
    value = normalise(type_, given)

    assert value is not None
    assert is_placeholder(type_, value) is nobody


@pytest.mark.parametrize(
    ("given", "text", "pinyin", "initials"),
    [
        ("张三丰", "张三丰", "zhangsanfeng", "zsf"),
        (" 张 三 ", "张三", "zhangsan", "zs"),
        ("欧阳修", "欧阳修", "ouyangxiu", "oyx"),
        ("单雄信", "单雄信", "shanxiongxin", "sxx"),  # a family name is read in its own way
        ("吕布", "吕布", "lubu", "lb"),
        ("张三丰先生", "张三丰", "zhangsanfeng", "zsf"),
        ("李娜女士", "李娜", "lina", "ln"),
        ("王小明(家)", "王小明", "wangxiaoming", "wxm"),
        ("Mr. José  García", "jose garcia", "josegarcia", "jg"),
        (wide("Zhang") + "\u3000" + wide("San"), "zhang san", "zhangsan", "zs"),
        ("Conan O'Brien", "conan obrien", "conanobrien", "co"),
        ("Tom张伟", "tom张伟", "tomzhangwei", "tzw"),
    ],
)
def test_name(given: str, text: str, pinyin: str, initials: str) -> None:
    name = read_name(given)

    assert name is not None
    assert (name.text, name.pinyin, name.initials) == (text, pinyin, initials)


@pytest.mark.parametrize(
    "given", ["", "  ", "null", "匿名", "未知", "微信用户", "用户8372", "先生", "Mr", "13812345679", "***"]
)
def test_no_name(given: str) -> None:
    assert read_name(given) is None


@pytest.mark.parametrize(
    ("given", "masked", "partial"),
    [
        ("张**", True, True),
        ("张×丰", True, True),
        ("t***1", True, True),
        ("王先生", False, True),
        ("王总", False, True),
        ("Ann", False, True),
        ("张三", False, False),
        ("Ann Lee", False, False),
    ],
)
def test_parts_of_names(given: str, masked: bool, partial: bool) -> None:  # noqa: FBT001 - columns of the table
    name = read_name(given)

    assert name is not None
    assert (name.masked, name.partial) == (masked, partial)


@pytest.mark.parametrize(
    ("left", "right", "alike"),
    [
        ("张三", "张三", "equal"),
        ("张三先生", "张 三", "equal"),
        ("Zhang San", "San Zhang", "equal"),
        ("Zhang, Sanfeng", "ZHANG SAN FENG", "equal"),
        ("José García", "Garcia Jose", "equal"),
        ("张三", "Zhang San", "close"),
        ("张三丰", "Sanfeng Zhang", "close"),
        ("王伟", "王维", "close"),  # sounds the same
        ("林娜", "凌娜", "close"),  # sounds the same in the south
        ("張三", "张三", "close"),  # traditional
        ("王小明", "王晓朋", "different"),
        ("王小明", "王小朋", "close"),  # one character wrong
        ("王小明", "王明", "close"),  # one missing
        ("王小明", "王明小", "close"),
        ("John Smith", "Jon Smith", "different"),  # three letters: too short to call it an error
        ("Jonathan Smith", "Jonathon Smith", "close"),
        ("John Smith", "John Paul Smith", "close"),
        ("J Smith", "John Smith", "compatible"),
        ("Mary Smith", "Mary Jones", "compatible"),  # married
        ("张**", "张三丰", "compatible"),
        ("张*丰", "张三丰", "compatible"),
        ("张*丰", "张三", "different"),
        ("张**", "李四", "different"),
        ("t***1", "张三", "unknown"),  # a pseudonym of a shop
        ("王先生", "王伟", "compatible"),
        ("王先生", "王女士", "compatible"),
        ("王先生", "李伟", "different"),
        ("Ann", "Ann Lee", "compatible"),
        ("Bob", "Robert Lee", "unknown"),
        ("David Zhang", "张伟", "compatible"),
        ("Chan Tai Man", "陈大文", "unknown"),  # another dialect's spelling
        ("王伟", "李娜", "different"),
        ("王伟", "王芳", "different"),
        ("John Smith", "Mary Smith", "different"),
        ("张三", "", "unknown"),
        ("张三", "匿名", "unknown"),
    ],
)
def test_two_names(left: str, right: str, alike: str) -> None:
    assert compare_names(left, right) == alike
    assert compare_names(right, left) == alike


@pytest.mark.parametrize(
    ("policy", "sharing", "cap", "strength", "strong_from", "days", "needed"),
    [
        # values are unique everywhere
        ("unionid", "one person", 1, 90, 0, (None, None, None), 0),
        ("email", "one person", 6, 55, None, (None, None, None), 0),
        ("phone", "one person", 6, 50, None, (180, 450, None), 0),
        ("payment_token", "attribute only", 10, 40, None, (None, None, 1825), 0),
        ("device", "attribute only", 20, 30, None, (90, 90, 730), 0),
        # values are unique in a scope: an app, a shop, a programme, a source
        ("openid", "one person", 1, 85, 0, (None, None, None), 0),
        ("buyer", "one person", None, 75, 1, (None, None, None), 0),
        ("member_card", "one person", 1, 70, 1, (None, None, None), 0),
        ("external", "one person", None, 60, 1, (None, None, None), 0),
    ],
)
def test_policy(
    policy: str,
    sharing: str,
    cap: int | None,
    strength: int,
    strong_from: int | None,
    days: tuple[int | None, int | None, int | None],
    needed: int,
) -> None:
    said = POLICIES[policy]

    assert (said.sharing, said.cap, said.strength, said.strong_from) == (sharing, cap, strength, strong_from)
    assert (said.sleep_days, said.epoch_days, said.lifetime_days) == days
    assert said.verification_needed == needed
    assert said.scoped is (policy in ("openid", "buyer", "member_card", "external"))


def test_every_type_is_in_the_table() -> None:
    assert set(TYPES) == {
        *("phone", "email", "unionid", "openid", "member_card", "buyer", "device", "payment_token", "external"),
    }
