"""A chapter can be run while one waits: its cells together need at most the processor time promised to the reader.

The processor's time of the kernel counts, its start and imports included, as it was measured when the book was
executed; what else the machine did at the same time hardly changes it.
"""

import pytest

from tools.executions import ExecutionCache
from tools.places import here

PLACES = here()
SOURCES = [*PLACES.chapters(), *PLACES.decks()]
BUDGET = 45.0  # seconds of one core; 30 s on two


@pytest.fixture(scope="module")
def cache():
    return ExecutionCache(PLACES)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_chapter_keeps_its_time_budget(path, cache):
    execution = cache.lookup(path)
    if execution is None:
        pytest.fail("not executed as it stands: `make book` does it", pytrace=False)
    assert 0.0 < execution.core_seconds <= BUDGET
