"""Files: CSV, JSON Lines and Parquet in the canonical layout of docs/import-layout.md, in and out."""

from mainstem.connectors.files.cells import guard
from mainstem.connectors.files.contracts import (
    ExportOptions,
    ExportReport,
    ImportOptions,
    ImportReport,
    KindName,
    RowOutcome,
    RowRefusal,
)
from mainstem.connectors.files.differences import Change, differences, fields
from mainstem.connectors.files.exporting import export_file
from mainstem.connectors.files.importing import Progress, import_file, preview_file
from mainstem.connectors.files.jobs import JOBS, confirm_upload, recheck_upload, send_upload
from mainstem.connectors.files.layout import LAYOUTS, Column, Layout
from mainstem.connectors.files.opening import format_of
from mainstem.connectors.files.rehearsing import Rehearsal, Sample, rehearse_file
from mainstem.connectors.files.uploads import (
    KEPT_DAYS,
    Sender,
    Upload,
    UploadOptions,
    find_upload,
    list_outcomes,
    list_uploads,
)

__all__ = [
    "JOBS",
    "KEPT_DAYS",
    "LAYOUTS",
    "Change",
    "Column",
    "ExportOptions",
    "ExportReport",
    "ImportOptions",
    "ImportReport",
    "KindName",
    "Layout",
    "Progress",
    "Rehearsal",
    "RowOutcome",
    "RowRefusal",
    "Sample",
    "Sender",
    "Upload",
    "UploadOptions",
    "confirm_upload",
    "differences",
    "export_file",
    "fields",
    "find_upload",
    "format_of",
    "guard",
    "import_file",
    "list_outcomes",
    "list_uploads",
    "preview_file",
    "recheck_upload",
    "rehearse_file",
    "send_upload",
]
