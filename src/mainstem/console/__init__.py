"""Pages for people, rendered on the server. Entrypoints open `Console` and give its handlers to the application."""

from mainstem.console.frame import Desk
from mainstem.console.pages import Console

__all__ = ["Console", "Desk"]
