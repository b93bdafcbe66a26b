"""Common misspellings are found in the text, the code and the ledger."""

import subprocess
import sys

import pytest

from tools.places import here

ROOT = here().root
TEXTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "book/ledger.yml", "src", "tests", "tools", "benchmarks",
         *(str(path.relative_to(ROOT)) for path in sorted((ROOT / "book").rglob("*.md")))]


def misspelled(*paths: str) -> list[str]:
    """Return what codespell says about the files."""
    run = subprocess.run([sys.executable, "-m", "codespell_lib", *paths], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode in (0, 65), run.stderr
    return run.stdout.splitlines()


def test_nothing_is_misspelled():
    assert misspelled(*TEXTS) == []


@pytest.mark.parametrize("word", ["seperate", "occured", "teh"])  # codespell:ignore
def test_a_misspelled_word_is_found(tmp_path, word):
    (tmp_path / "text.md").write_text(f"A {word} word.")
    assert len(misspelled(str(tmp_path / "text.md"))) == 1
