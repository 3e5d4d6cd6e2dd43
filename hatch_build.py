"""What a wheel or a source archive holds beside the code: the console's assets, built from npm."""

import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class AssetsHook(BuildHookInterface):
    """Runs `scripts/assets` first. An editable install does without: there, `make` runs it."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - as hatchling calls it
        """Build what has not been built; raises CalledProcessError when that fails."""
        if version != "editable":
            subprocess.run([Path(self.root) / "scripts" / "assets", "--shipped"], check=True)  # noqa: S603 - our own
