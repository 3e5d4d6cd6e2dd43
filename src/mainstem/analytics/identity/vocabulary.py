"""What columns with people in them are called, in several languages, as data.

A name is compared without capitals, accents, blanks and punctuation: `First Name`, `first_name` and `firstName` are
one. A word stands for the whole name; with `*` behind it for its beginning.
"""

import re
import unicodedata

from mainstem.analytics.identity.contracts import Role

_TABLE = """
answer: cluster clusterid clusterno entity entityid entid truth trueid truthid label groundtruth goldid gold groupid
    matchid truecluster clusterref recordcluster identity identityid realid personkey clustertruth dupgroup 真实编号
    聚类 簇 personid individualid
row: recid recordid rowid row rownumber rownum index uniqueid id uid uuid guid key recno no nr number rec2id tid
    sourceid 序号 编号 记录号 行号
nothing: created* updated* modified* inserted* timestamp registered* registration* signup* lastseen* lastlogin*
    lastorder* firstorder* notes note comment* description url website image* photo password* ipaddress ip score
    weight blockingnumber 创建* 更新* 注册* 备注
given_name: givenname given firstname first fname forename christianname gname fnamec1 nameg vorname prenom nombre
    nombres primernombre nome primeironome voornaam fornamn fornavn etunimi imie jmeno imya имя 名 名字 mei 이름
middle_name: middlename middle mname midname secondname middleinitial fnamec2 zweitername segundonombre otchestvo
    отчество patronymic
family_name: familyname family surname lastname last lname sname lnamec1 nachname familienname nom nomdefamille
    apellido apellidos primerapellido cognome sobrenome apelido ultimonome achternaam efternamn etternavn sukunimi
    nazwisko prijmeni familiya фамилия 姓 姓氏 sei 성
full_name: name fullname personname customername clientname patientname membername displayname nomcomplet
    nombrecompleto nomecompleto vollstandigername contactname holdername receiver recipient фио 姓名 客户姓名
    会员姓名 收货人 收件人 真实姓名 名前 氏名 성명
gender: gender sex geschlecht sexe sexo genre genero sesso kon пол 性别 性別 성별
birth_date: dob dateofbirth birthdate birthday bday birth datebirth geburtsdatum geburtstag datedenaissance
    datenaissance naissance fechanacimiento fechadenacimiento nacimiento datadenascimento datanascimento nascimento
    datadinascita datanascita geboortedatum fodelsedatum датарождения 出生日期 生日 出生年月 出生年月日 生年月日
    생년월일
birth_year: birthyear yearofbirth yob by bornyear geburtsjahr anneenaissance anonacimiento 出生年 出生年份
birth_month: birthmonth monthofbirth mob bm geburtsmonat moisnaissance 出生月 出生月份
birth_day: birthdayofmonth dayofbirth bd geburtstagtag journaissance 出生日
street: street streetname address address1 address2 address3 addr addr1 addr2 addressline1 addressline2
    streetaddress streetaddress1 homeaddress fulladdress residence line1 line2 strasse stra?e anschrift adresse rue
    via calle direccion domicilio endereco rua logradouro indirizzo straat adres adress ulica адрес улица 地址
    详细地址 住址 家庭地址 收货地址 街道 住所 주소
street_number: streetnumber streetno housenumber houseno hausnummer hausnr numerorue numero civico huisnummer nrdomu
    addressnumber buildingnumber номердома 门牌号
city: city town suburb locality municipality ort stadt wohnort ville commune ciudad localidad cidade citta comune
    plaats woonplaats stad miasto mesto город placeofbirth birthplace borough birthcity village 城市 市 所在城市
    市区 都市
region: state region province county district stateprovince statecode bundesland departement provincia estado
    regione область prefecture 省 省份 省市 地区 区 区县 都道府県
postal_code: postcode postalcode zip zipcode zip5 plz postleitzahl codepostal codigopostal cp cep cap postnummer psc
    postcodefake kodpocztowy индекс 邮编 邮政编码 郵便番号 우편번호
country: country nation countrycode land pays pais paese nationality staatsangehorigkeit 国家 国籍 国
phone: phone phonenumber telephone tel telephonenumber mobile mobilephone mobilenumber cell cellphone homephone
    workphone handy telefon telefonnummer telefono telefone celular movil portable cellulare телефон phone1 phone2
    contactnumber msisdn 手机 手机号 手机号码 电话 联系电话 联系方式 電話番号 전화번호
email: email emailaddress mail emails email1 email2 courriel correo correoelectronico mailadresse 邮箱 电子邮箱
    电子邮件 邮件
personal_id: ssn socsecid socialsecuritynumber socialsecurity socsec nationalid nationalidnumber idnumber idcard
    idno passport passportno passportnumber taxid tin nino nhsnumber medicare dni nie rut cpf curp codicefiscale
    personnummer pesel bsn aadhaar driverslicense licensenumber driverlicense voterregnum unionid openid membercard
    cardnumber memberno loyaltycard 身份证 身份证号 身份证号码 证件号 证件号码 会员卡号 会员号 护照号
source: source sourcedataset dataset datasource system sourcesystem origin channel file 来源 渠道 数据源
"""
"""Role: what columns with it are called. `answer` says who is whom and `row` numbers rows: neither is ever compared;
`nothing` says nothing of who somebody is."""


def plain(name: str) -> str:
    """A column's name without capitals, accents, blanks and punctuation."""
    decomposed = unicodedata.normalize("NFKD", name.strip().lower())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", bare).replace("ß", "ss"))


def _pattern(words: list[str]) -> re.Pattern[str]:
    shapes = sorted({plain(word.strip("*")) + (".*" if word.endswith("*") else "") for word in words})
    return re.compile("|".join(f"(?:{shape})" for shape in shapes))


def _patterns() -> dict[str, re.Pattern[str]]:
    found: dict[str, list[str]] = {}
    for word in _TABLE.split():
        if word.endswith(":"):
            found[word[:-1]] = []
        else:
            next(reversed(found.values())).append(word)
    return {name: _pattern(words) for name, words in found.items()}


_PATTERNS = _patterns()
_ROLES = {role: _PATTERNS[role.value] for role in Role if role.value in _PATTERNS}
_PREFIXES = (
    "customer client person patient member user billing shipping home legal bill ship cust std clean raw 客户 会员 用户"
)
_PREFIX = re.compile(f"^(?:{_PREFIXES.replace(' ', '|')})")


def role_of(name: str) -> Role | None:
    """The role that a column's name says, whole or without a prefix such as `customer_` or a number behind it."""
    bare = plain(name)
    for shape in (bare, re.sub(r"\d+$", "", bare), _PREFIX.sub("", bare)):
        for role, pattern in _ROLES.items():
            if shape and pattern.fullmatch(shape):
                return role
    return None


def is_truth(name: str) -> bool:
    """Whether a column is called like an answer."""
    return _PATTERNS["answer"].fullmatch(plain(name)) is not None


def is_record_id(name: str) -> bool:
    """Whether a column is called like a number of rows."""
    return _PATTERNS["row"].fullmatch(plain(name)) is not None


def is_ignored(name: str) -> bool:
    """Whether a column is called like something that says nothing of who a person is."""
    return _PATTERNS["nothing"].fullmatch(plain(name)) is not None
