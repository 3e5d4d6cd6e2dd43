"""Tags: names for conditions that ship as a library, and tags that people attach to records."""
