"""What writes in more than one room: place, sell, pay, allocate, ship, deliver, cancel, return, lapse."""

from mainstem.processes.allocate_orders import ALLOCATE_ORDERS
from mainstem.processes.cancel_orders import CANCEL_ORDERS
from mainstem.processes.lapse_orders import end_promises, lapse_due
from mainstem.processes.pay_orders import PAY_ORDERS
from mainstem.processes.place_orders import PLACE_ORDERS
from mainstem.processes.record_sales import RECORD_SALES
from mainstem.processes.return_orders import RETURN_ORDERS
from mainstem.processes.ship_orders import DELIVER_ORDERS, SHIP_ORDERS

__all__ = [
    "ALLOCATE_ORDERS",
    "CANCEL_ORDERS",
    "DELIVER_ORDERS",
    "PAY_ORDERS",
    "PLACE_ORDERS",
    "RECORD_SALES",
    "RETURN_ORDERS",
    "SHIP_ORDERS",
    "end_promises",
    "lapse_due",
]
