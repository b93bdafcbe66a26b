"""Makes the modules beside it importable, and writes the results when the session ends."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from results import Row, write_results


@pytest.fixture(scope="session")
def rows(request):
    """List to append rows to; written when the session ends."""
    collected: list[Row] = []
    yield collected
    if collected and not request.config.getoption("keyword"):  # a part would overwrite the whole
        write_results(collected)
