"""Links, anchors, ids and assets of all files of the site, decks and listings of source code included."""

import pytest

from tests.site.conftest import CLASS_SITE, NO_CLASS_SITE, NO_SITE, SITE
from tests.site.static_checks import broken_links, missing_alt, outside_assets, repeated_ids

EDITIONS = {"full": SITE, "class": CLASS_SITE}


def files(edition):
    """List the pages of an edition."""
    root = EDITIONS[edition]
    found = [path for path in sorted(root.rglob("*.html")) if "_static" not in path.relative_to(root).parts]
    if not found:
        pytest.fail(NO_SITE if edition == "full" else NO_CLASS_SITE, pytrace=False)
    return root, found


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize("check", [broken_links, outside_assets, repeated_ids, missing_alt])
def test_html(edition, check):
    root, paths = files(edition)
    problems = [
        f"{path.relative_to(root)}: {problem}"
        for path in paths
        for problem in (check(path, root) if check is broken_links else check(path))
    ]
    assert not problems, "\n" + "\n".join(problems)
