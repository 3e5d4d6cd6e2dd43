"""What the page calls things."""

from mainstem.platform.texts import N_

ATTRIBUTES = {
    "name": N_("Your name"),
    "given_name": N_("Given name"),
    "family_name": N_("Family name"),
    "gender": N_("Gender"),
    "birth_date": N_("Date of birth"),
    "street": N_("Street"),
    "street_number": N_("House number"),
    "city": N_("City"),
    "region": N_("Province or state"),
    "postal_code": N_("Postal code"),
    "country": N_("Country"),
    "language": N_("Language"),
    "company": N_("Company"),
}

IDENTIFIERS = {
    "phone": N_("Telephone"),
    "email": N_("E-mail"),
    "unionid": N_("WeChat account"),
    "openid": N_("WeChat account in one app"),
    "member_card": N_("Member card"),
    "buyer": N_("Buyer number"),
    "device": N_("Device"),
    "payment_token": N_("Means of payment"),
    "external": N_("Number elsewhere"),
}

STATES = {
    "received": N_("Arrived with us"),
    "identity_checked": N_("Arrived with us"),
    "in_progress": N_("In progress"),
    "done": N_("Done"),
    "refused": N_("Refused"),
    "withdrawn": N_("Taken back"),
}

TONES = {
    "received": "blue",
    "identity_checked": "blue",
    "in_progress": "yellow",
    "done": "green",
    "refused": "red",
    "withdrawn": "secondary",
}
"""The colour of a state."""
