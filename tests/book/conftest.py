"""A synthetic book of one chapter and one deck, made in a temporary folder."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools.places import Places

ROOT = Path(__file__).parents[2]
FRONT = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---
"""
CHAPTER = FRONT + r"""
# Toys

:::{admonition} What you need
:class: tip
A box, a {doc}`../start`, and {cite}`toy2016`.
:::

```{code-cell} ipython3
from lossland.toys import toy
from myst_nb import glue

value = toy()
glue("toy", value, display=False)
```

(sec-toy)=
## A section

$$
a = b
$$ (eq-toy)

```{prf:theorem} A name
:label: thm-toy
It follows from {eq}`eq-toy` that toys exist.
```

```{code-cell} ipython3
# NBVAL_CHECK_OUTPUT
glue("twice", 2 * value, display=False)
print(f"the toy is {value}")
```

The toy is {glue:text}`toy:.2f`; see {prf:ref}`thm-toy`, {numref}`fig-toy`, {ref}`ex-toy` and {ref}`sec-toy`.

```{code-cell} ipython3
---
mystnb:
  image:
    alt: One dot.
  figure:
    caption: A dot, of which {eq}`eq-toy` knows nothing.
    name: fig-toy
---
from matplotlib import pyplot as plt

plt.plot([value], "o")
plt.show()
```

## Exercises

```{exercise-start} Two toys
:label: ex-toy
```
How many toys are two toys?
```{exercise-end}
```

```{code-cell} ipython3
:tags: [exercise-stub]
answer = ...

print("Not attempted." if answer is ... else "Correct.")
```

:::{dropdown} Hint 1
Count them.
:::

```{solution-start} ex-toy
:label: sol-toy
:class: dropdown
```
The wombatsecret lies in counting them twice.

```{code-cell} ipython3
:tags: [solution]
solved_wombatanswer = 2 * value
print("the wombatoutput is", solved_wombatanswer)
```
```{solution-end}
```

```{exercise-start} Three toys
:label: ex-toys
```
And three, after {numref}`ex-toy`?
```{exercise-end}
```

```{solution} ex-toys
:class: dropdown
Another wombatsecret, hidden in one block.
```
"""
DECK = FRONT + """
# A lecture on toys

```{revealjs-notes}
One minute. Welcome.

A second paragraph.
```

## A slide

```{code-cell} ipython3
:tags: [remove-input]
from lossland.toys import toy

print(f"the lecture has {toy()}")
```

```{revealjs-notes}
Two minutes.
```
"""
CONTENTS = """
format: jb-book
root: index
parts:
  - caption: Begin
    chapters:
      - file: start
  - caption: Toys
    numbered: 2
    chapters:
      - file: chapters/42-toys
  - caption: End
    chapters:
      - file: bibliography
"""
PAGES = {
    "index.md": "# Toy book\n\nWelcome.\n",
    "start.md": "# Start\n\n```{materials} 42-toys\n```\n",
    "bibliography.md": "# Bibliography\n\n```{bibliography}\n:all:\n```\n",
    "references.bib": "@book{toy2016, author = {Ada Maker}, title = {Toys}, publisher = {Toy Press}, year = {2016}}\n",
    "chapters/42-toys.md": CHAPTER,
    "decks/42-toys.md": DECK,
}
MODULES = {
    "__init__.py": '"""A synthetic package."""\n',
    "toys.py": '"""Toys."""\n\nfrom lossland import boxes\n\n\ndef toy():\n    return boxes.SIZE\n',
    "boxes.py": '"""Boxes."""\n\nSIZE = 1.5\n',
    "unrelated.py": '"""Not imported by the chapter."""\n\nSIZE = 7\n',
}


PACKAGE = """[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"
[project]
name = "lossland"
version = "0.0"
[tool.setuptools.packages.find]
where = ["src"]
"""


class ToyBook:
    """A synthetic working tree; programs run in it as they run in the real one."""

    def __init__(self, root: Path):
        self.places = Places(root)
        for name, text in PAGES.items():
            self.write(f"book/{name}", text)
        for name, text in MODULES.items():
            self.write(f"src/lossland/{name}", text)
        self.write("_toc.yml", CONTENTS)
        self.write("pyproject.toml", PACKAGE)
        shutil.copyfile(ROOT / "_config.yml", root / "_config.yml")
        shutil.copytree(ROOT / "tools", root / "tools", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("_ext", "_static", "decks/conf.py", "decks/_ext", "decks/_static"):
            source, target = ROOT / "book" / name, root / "book" / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copyfile(source, target)

    def write(self, name: str, text: str) -> None:
        path = self.places.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf8")

    def replace(self, name: str, old: str, new: str) -> None:
        text = (self.places.root / name).read_text("utf8")
        assert old in text
        self.write(name, text.replace(old, new))

    def make(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run ``python -m tools.make_book`` in the synthetic tree, with its package first on the path."""
        return subprocess.run(
            [sys.executable, "-m", "tools.make_book", *arguments],
            cwd=self.places.root, capture_output=True, text=True, check=False, timeout=300,
            env={**_environment(), "PYTHONPATH": str(self.places.root / "src")},
        )


def _environment() -> dict[str, str]:
    import os

    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV_"))}


@pytest.fixture
def toy_book(tmp_path):
    """Return a synthetic book that nothing has been made of yet."""
    return ToyBook(tmp_path)


@pytest.fixture(scope="module")
def made_book(tmp_path_factory):
    """Return a synthetic book of which both editions have been made."""
    book = ToyBook(tmp_path_factory.mktemp("toy"))
    for edition in ("full", "class"):
        done = book.make(edition)
        assert done.returncode == 0, done.stdout + done.stderr
    return book
