"""The overview: what is sold today and what is in stock, live."""

from mainstem.console.overview.pages import Overview

__all__ = ["Overview"]
