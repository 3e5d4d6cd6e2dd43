"""The frame of the console: what every page is made with."""

from mainstem.console.frame.desk import Desk, Network
from mainstem.console.frame.forms import Form, Upload
from mainstem.console.frame.page import Page
from mainstem.console.frame.reply import Reply, download, html, see_other, stream
from mainstem.console.frame.visit import ForbiddenError, MissingError, MovedError, Problem, Visit
from mainstem.platform.texts import N_

__all__ = [
    "N_",
    "Desk",
    "ForbiddenError",
    "Form",
    "MissingError",
    "MovedError",
    "Network",
    "Page",
    "Problem",
    "Reply",
    "Upload",
    "Visit",
    "download",
    "html",
    "see_other",
    "stream",
]
