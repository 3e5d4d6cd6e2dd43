"""Segments and tags: lists, the builder, members, overlaps, exports for a purpose."""

from mainstem.console.frame import Page
from mainstem.console.segments.building import begin, edit, redraw, save
from mainstem.console.segments.exporting import choose, export
from mainstem.console.segments.listing import listed
from mainstem.console.segments.overlapping import overlaps
from mainstem.console.segments.removing import ask_first, remove
from mainstem.console.segments.showing import changes, members
from mainstem.console.segments.tagging import tags
from mainstem.platform.access.permissions import DATA_EXPORT, SEGMENTS_READ, SEGMENTS_WRITE

_ONE = "/segments/{segment:int}"

PAGES = (
    Page("GET", "/segments", SEGMENTS_READ, listed, nav="segments"),
    Page("GET", "/segments/new", SEGMENTS_WRITE, begin, nav="segments"),
    Page("POST", "/segments/new", SEGMENTS_WRITE, save, nav="segments"),
    Page("POST", "/segments/draft", SEGMENTS_WRITE, redraw, nav="segments"),
    Page("GET", "/segments/overlap", SEGMENTS_READ, overlaps, nav="segments"),
    Page("GET", _ONE, SEGMENTS_READ, members, nav="segments"),
    Page("GET", f"{_ONE}/changes", SEGMENTS_READ, changes, nav="segments"),
    Page("GET", f"{_ONE}/edit", SEGMENTS_WRITE, edit, nav="segments"),
    Page("POST", f"{_ONE}/edit", SEGMENTS_WRITE, save, nav="segments"),
    Page("GET", f"{_ONE}/remove", SEGMENTS_WRITE, ask_first, nav="segments"),
    Page("POST", f"{_ONE}/remove", SEGMENTS_WRITE, remove, nav="segments"),
    Page("GET", f"{_ONE}/export", DATA_EXPORT, choose, nav="segments"),
    Page("POST", f"{_ONE}/export", DATA_EXPORT, export, nav="segments"),
    Page("GET", "/tags", SEGMENTS_READ, tags, nav="tags"),
)
"""The pages of the room."""
