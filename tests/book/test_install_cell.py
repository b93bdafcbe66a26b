"""The first cell of a notebook installs the package from where it can be meant, and nothing else ever."""

import importlib.util
import subprocess
import sys
import zipfile

import pytest

from tools.notebooks import INSTALL
from tools.places import Places, here
from tools.wheel import NEEDED, build_wheel

ADDRESS = "https://example.org/lossland-0.1.0-py3-none-any.whl"


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """Run the cell in an empty folder where the package is missing; return what would have been installed."""
    calls = []
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(subprocess, "run", lambda command, check: calls.append((command, check)))
    monkeypatch.delenv("LOSSLAND_SOURCE", raising=False)
    folder = tmp_path / "book" / "notebooks"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)

    def run():
        exec(INSTALL, {})
        ((command, check),) = calls
        assert command[:5] == [sys.executable, "-m", "pip", "install", "--quiet"]
        assert check
        return command[5:]

    run.calls = calls
    return run


def test_a_clone_above_comes_first(installed, tmp_path, monkeypatch):
    (tmp_path / "src" / "lossland").mkdir(parents=True)
    (tmp_path / "book" / "notebooks" / "lossland-0.1.0-py3-none-any.whl").touch()
    monkeypatch.setenv("LOSSLAND_SOURCE", ADDRESS)
    assert installed() == [str(tmp_path)]


def test_then_the_newest_wheel_beside_the_notebook(installed, tmp_path, monkeypatch):
    for version in ("0.1.0", "0.2.0"):
        (tmp_path / "book" / "notebooks" / f"lossland-{version}-py3-none-any.whl").touch()
    monkeypatch.setenv("LOSSLAND_SOURCE", ADDRESS)
    assert installed() == [str(tmp_path / "book" / "notebooks" / "lossland-0.2.0-py3-none-any.whl")]


def test_then_the_address_that_a_lecturer_has_set(installed, monkeypatch):
    monkeypatch.setenv("LOSSLAND_SOURCE", ADDRESS)
    assert installed() == [ADDRESS]


@pytest.mark.parametrize("setting", [None, ""])
def test_else_it_says_what_to_do_and_installs_nothing(installed, monkeypatch, setting):
    if setting is not None:
        monkeypatch.setenv("LOSSLAND_SOURCE", setting)
    with pytest.raises(ModuleNotFoundError, match=r"has a file lossland-\*\.whl: put it beside the notebook"):
        installed()
    assert installed.calls == []


def test_where_the_package_is_nothing_happens(installed, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    exec(INSTALL, {})
    assert installed.calls == []


def test_the_package_is_never_asked_for_by_its_bare_name():
    """The name belongs to nobody we know on the public index."""
    assert 'find_spec("lossland") is None' in INSTALL
    assert INSTALL.count('"lossland"') == 2  # find_spec, and the folder in a clone


@pytest.fixture(scope="module")
def places(tmp_path_factory):
    """Return a clone that holds the same sources, so that no build waits for the other."""
    root = tmp_path_factory.mktemp("a clone")
    (root / "book").mkdir()
    for name in NEEDED:
        (root / name).symlink_to(here().root / name)
    return Places(root)


@pytest.fixture(scope="module")
def wheel(places):
    return build_wheel(places)


def test_the_wheel_has_the_package_and_the_records_and_is_made_once(wheel, places):
    names = set(zipfile.ZipFile(wheel).namelist())
    for folder, target in ((places.package, "lossland"), (places.book / "records", "lossland/records")):
        paths = [path for path in folder.rglob("*") if path.suffix in (".py", ".json")]
        assert paths
        assert {f"{target}/{path.relative_to(folder).as_posix()}" for path in paths} <= names
    assert not [name for name in names if "__pycache__" in name]
    before = wheel.stat().st_mtime_ns
    assert build_wheel(places).stat().st_mtime_ns == before


def test_records_are_read_from_an_installed_package(wheel, tmp_path):
    """In a process of its own, away from the book, with nothing but the unpacked wheel."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = "import lossland\nfrom lossland.experiments.record import load_record\n" \
           "print(lossland.__file__, len(load_record('depth-scales').cells))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False,
                          env={"PYTHONPATH": str(tmp_path / "site"), "PATH": ""})
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path / "site"))
    assert int(done.stdout.split()[-1]) > 0
