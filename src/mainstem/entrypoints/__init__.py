"""Command line, server and worker: wiring only."""
