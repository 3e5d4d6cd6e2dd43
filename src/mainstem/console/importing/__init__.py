"""Importing files: a preview of what will change, then the import with its progress, then a report to keep."""

from mainstem.console.frame import Page
from mainstem.console.importing import following, layouts, sending
from mainstem.platform.access.permissions import CATALOG_READ

PAGES = (
    Page("GET", "/import", CATALOG_READ, sending.show, nav="import"),
    Page("POST", "/import", CATALOG_READ, sending.send, nav="import", takes_files=True),
    Page("GET", "/import/{upload:int}", CATALOG_READ, following.show, nav="import"),
    Page("POST", "/import/{upload:int}/confirm", CATALOG_READ, following.confirm, nav="import"),
    Page("POST", "/import/{upload:int}/again", CATALOG_READ, following.again, nav="import"),
    Page("GET", "/import/{upload:int}/report.csv", CATALOG_READ, following.report, nav="import"),
    Page("GET", "/import/layouts/{kind:str}", CATALOG_READ, layouts.show, nav="import"),
    Page("GET", "/import/examples/{kind:str}", CATALOG_READ, layouts.example, nav="import"),
)
"""Beyond reading the catalogue, each kind of file needs the permission to write what it holds, see `kinds`."""
