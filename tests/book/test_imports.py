"""The files that a chapter depends on are read from its imports."""

import pytest

from tools.imports import Dependencies, imported_names


@pytest.fixture
def package(tmp_path):
    files = {
        "__init__.py": "",
        "_checks.py": "",
        "numerics/__init__.py": "",
        "numerics/gaussian.py": "from lossland import _checks\n",
        "signals/__init__.py": "def __getattr__(name):\n    ...\n",
        "signals/theory.py": "from ..numerics.gaussian import f\n",
        "signals/simulation.py": "import torch\n",
        "exercises/__init__.py": "",
        "exercises/ten.py": "from lossland.exercises import frame\n",
        "exercises/frame.py": "",
        "exercises/eleven.py": "",
        "other.py": 'NAME = "lossland._checks"\n',
    }
    for name, text in files.items():
        path = tmp_path / "lossland" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "lossland"


def names(package, code):
    return {path.relative_to(package).as_posix() for path in Dependencies(package).of(code)}


def test_a_module_brings_what_it_imports(package):
    assert names(package, "from lossland.exercises.ten import check") == {
        "__init__.py", "exercises/__init__.py", "exercises/ten.py", "exercises/frame.py"}


def test_a_package_counts_as_a_whole_because_it_may_load_lazily(package):
    assert names(package, "from lossland import signals as s") == {
        "__init__.py", "signals/__init__.py", "signals/theory.py", "signals/simulation.py",
        "numerics/__init__.py", "numerics/gaussian.py", "_checks.py"}


def test_names_in_strings_count(package):
    assert "_checks.py" in names(package, "import lossland.other")


def test_other_imports_do_not_count(package):
    assert names(package, "import numpy as np\nfrom matplotlib import pyplot") == set()


def test_imports_inside_functions_count():
    assert imported_names("def f():\n    from a.b import c") == {"a.b.c"}


def test_relative_imports():
    assert imported_names("from .a import b\nfrom . import c\nfrom ..d import e", "x.y.z") == {
        "x.y.a.b", "x.y.c", "x.d.e"}
    assert imported_names("from .a import b", "x.y", is_package=True) == {"x.y.a.b"}
