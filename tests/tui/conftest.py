"""What tests of the app begin with."""

import pytest_asyncio
from tests.tui.lab import lab


@pytest_asyncio.fixture
async def talk(tmp_path):
    async with lab(tmp_path) as made:
        yield made
