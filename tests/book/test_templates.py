"""The templates that CONTRIBUTING points to are chapter and deck as they stand."""

import shutil

import yaml

from tests.book.conftest import FRONT, ROOT
from tools.places import here

TEMPLATES = ROOT / "tools" / "templates"
NAME = "99-toy"


def test_the_templates_build(toy_book):
    root = toy_book.places.root
    shutil.rmtree(root / "src")
    shutil.copytree(ROOT / "src", root / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    shutil.copyfile(ROOT / "book" / "references.bib", root / "book" / "references.bib")
    for name in ("chapters", "decks"):
        (root / "book" / name / "42-toys.md").unlink()
    shutil.copyfile(TEMPLATES / "chapter.md", root / "book" / "chapters" / f"{NAME}.md")
    shutil.copyfile(TEMPLATES / "deck.md", root / "book" / "decks" / f"{NAME}.md")
    toy_book.write("book/chapters/10-signals-through-random-depth.md", f"{FRONT}\n# Signals\n")
    toy_book.write("_toc.yml", (root / "_toc.yml").read_text().replace(
        "- file: chapters/42-toys", f"- file: chapters/10-signals-through-random-depth\n      - file: chapters/{NAME}"))
    toy_book.write("book/start.md", f"# Start\n\n```{{materials}} {NAME}\n```\n")
    done = toy_book.make()
    assert done.returncode == 0, done.stdout + done.stderr
    assert (toy_book.places.site / "decks" / f"{NAME}.html").exists()
    assert (toy_book.places.notebooks / "student" / f"{NAME}.ipynb").exists()


def test_the_ledger_template_has_the_fields_of_the_ledger():
    (template,) = yaml.safe_load((TEMPLATES / "ledger-entry.yml").read_text())
    fields = {field for entry in yaml.safe_load((here().book / "ledger.yml").read_text("utf8")) for field in entry}
    assert template.keys() <= fields
