"""Files: CSV, JSON Lines and Parquet in the canonical layout of docs/import-layout.md, in and out."""

from mainstem.connectors.files.contracts import (
    ExportOptions,
    ExportReport,
    ImportOptions,
    ImportReport,
    KindName,
    RowRefusal,
)
from mainstem.connectors.files.exporting import export_file
from mainstem.connectors.files.importing import Progress, import_file, preview_file

__all__ = [
    "ExportOptions",
    "ExportReport",
    "ImportOptions",
    "ImportReport",
    "KindName",
    "Progress",
    "RowRefusal",
    "export_file",
    "import_file",
    "preview_file",
]
