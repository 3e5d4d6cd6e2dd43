"""`python -m bench core|console|identity|pricing [--json] [--quick]`: measure; exit 1 when a bar does not hold."""

import argparse
import importlib
import sys

from bench.report import Report, machine, show

BENCHES = ("core", "console", "identity", "pricing")


def main() -> int:
    """Run the benchmark named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("bench", nargs="?", choices=BENCHES, default="core")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="smaller loads: within minutes")
    arguments = parser.parse_args()
    measures = importlib.import_module(f"bench.{arguments.bench}").run(quick=arguments.quick)
    report = Report(bench=arguments.bench, machine=machine(), measures=measures)
    show(report, as_json=arguments.json)
    return 0 if report.holds else 1


if __name__ == "__main__":
    sys.exit(main())
