"""What every test shares: which tests this machine allows, and how hypothesis searches."""

import os
import shutil

import hypothesis
import pytest

# A build must not fail by luck, so there hypothesis tries the same examples each time; a developer's
# runs look for new ones. No deadline: on two busy cores it would measure the neighbours.
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.register_profile("developer", deadline=None, print_blob=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") else "developer")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests marked `network` where namespaces cannot be made, and say why."""
    reason = why_no_network_namespaces()
    if reason is None:
        return
    for item in items:
        if item.get_closest_marker("network"):
            item.add_marker(pytest.mark.skip(reason=reason))


def why_no_network_namespaces() -> str | None:
    """The reason why this machine cannot run tests marked `network`; None where it can."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "network namespaces need the command ip (Debian: iproute2)"
    return None
