"""Makes the modules beside it importable, and writes the results of each module when it ends."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from results import Row, write_results


@pytest.fixture(scope="module")
def rows(request):
    """List to append rows to; written when the module ends, in place of the rows that it wrote before."""
    collected: list[Row] = []
    yield collected
    config, failed = request.config, request.session.testsfailed
    if collected and not failed and not config.getoption("keyword") and all("::" not in name for name in config.args):
        write_results(request.path.stem.removeprefix("test_"), collected)  # a part would overwrite the whole
