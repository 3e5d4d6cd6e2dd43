"""What people call the kinds, capabilities, columns and weekdays of the catalogue."""

from mainstem.console.frame import N_

NODE_KINDS = {
    "store": (N_("Store"), "building-store"),
    "warehouse": (N_("Warehouse"), "building-warehouse"),
    "dark_store": (N_("Dark store"), "moon"),
    "virtual": (N_("Virtual"), "cloud-off"),
}
CHANNEL_KINDS = {
    "till": N_("Till"),
    "web": N_("Web shop"),
    "mini_program": N_("Mini-program"),
    "app": N_("App"),
    "marketplace": N_("Marketplace"),
    "social": N_("Social shop"),
    "call_centre": N_("Call centre"),
    "agent": N_("Shopping agent"),
}
CAPABILITIES = {
    "sell": N_("Sells"),
    "ship": N_("Ships"),
    "pick_up": N_("Pick-up"),
    "receive": N_("Receives"),
    "return": N_("Takes returns"),
}
WEEKDAYS = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)
UNITS = {
    "pc": N_("pieces"),
    "kg": N_("kilograms"),
    "l": N_("litres"),
    "m": N_("metres"),
    "gal": N_("US gallons"),
}
COLUMNS = {
    "name": N_("Name"),
    "brand": N_("Brand"),
    "category": N_("Category"),
    "variant_name": N_("Variant name"),
    "unit": N_("Unit"),
    "gtins": N_("GTINs"),
    "attributes": N_("Attributes"),
    "kind": N_("Kind"),
    "time_zone": N_("Time zone"),
    "country": N_("Country"),
    "region": N_("Region"),
    "city": N_("City"),
    "postal_code": N_("Postal code"),
    "street": N_("Street"),
    "latitude": N_("Latitude"),
    "longitude": N_("Longitude"),
    "opening_hours": N_("Opening hours"),
    "capabilities": N_("Capabilities"),
    "currency": N_("Currency"),
    "nodes": N_("Nodes"),
}
"""The columns of the import layout that a page shows."""
