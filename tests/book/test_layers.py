"""Imports go strictly downward, plotting stays in ``figures``, theory needs no torch, importing costs nothing."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tools.imports import imported_names, module_paths

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "lossland"
LAYERS = {
    "_checks": 0,
    "numerics": 1,
    "networks": 2,
    "descent": 3, "spin_glass": 3, "linear_networks": 3, "signal_propagation": 3, "spectra": 3, "symmetry": 3,
    "teacher_student": 4, "wide_networks": 4, "connectivity": 4, "sgd": 4, "remedies": 4,
    "experiments": 5,
    "figures": 6,
    "exercises": 7,
    "grading": 8, "doctor": 8,
    "command_line": 9,
}
PLOTTING = {"matplotlib", "plotly"}
THEORY = ("numerics",)
SIMULATION_LAYER = 2
HEAVY = ["torch", "numpy", "scipy", "matplotlib", "plotly", "sklearn", "pandas", "dask", "joblib"]
MODULES = module_paths(PACKAGE)


def domain_of(name: str) -> str:
    return name.split(".")[1] if name.count(".") else ""


def imports_of(name: str) -> set[str]:
    path = MODULES[name]
    return imported_names(path.read_text("utf8"), name, is_package=path.name == "__init__.py")


def wrong_arrows(name: str, imports: set[str]) -> list[str]:
    """Return the imports of a module that do not go down: into a layer above or beside its own."""
    own = domain_of(name)
    wrong = []
    for target in imports:
        if target.split(".")[0] != "lossland":
            continue
        other = domain_of(target)
        if other not in LAYERS:
            if own and other and f"lossland.{other}" in MODULES:
                wrong.append(target)
            continue
        if other != own and (not own or LAYERS[other] >= LAYERS[own]):
            wrong.append(target)
    return wrong


def test_every_domain_has_a_layer():
    assert {domain_of(name) for name in MODULES} - {""} <= LAYERS.keys()


@pytest.mark.parametrize("name", MODULES)
def test_imports_go_down(name):
    assert wrong_arrows(name, imports_of(name)) == []


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("lossland.numerics.gaussian", "lossland.signal_propagation"),  # up
        ("lossland.signal_propagation.length_map", "lossland.spectra.lanczos"),  # sideways
        ("lossland.figures.length_map", "lossland.exercises"),  # up
        ("lossland", "lossland.numerics"),  # the package itself stays empty
    ],
)
def test_a_wrong_arrow_is_seen(name, target):
    assert wrong_arrows(name, {target}) == [target]


@pytest.mark.parametrize("name", [name for name in MODULES if domain_of(name) != "figures"])
def test_only_figures_plot(name):
    assert PLOTTING.isdisjoint(target.split(".")[0] for target in imports_of(name))


def imported_on_load(path: Path) -> set[str]:
    """Return the modules that are imported when the file is, leaving out those inside functions."""
    tree = ast.parse(path.read_text("utf8"))
    waiting, found = list(tree.body), set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= imported_names(ast.unparse(node))
        waiting += ast.iter_child_nodes(node)
    return found


@pytest.mark.parametrize("name", [name for name in MODULES if domain_of(name) in THEORY])
def test_numerics_never_import_torch(name):
    assert "torch" not in {target.split(".")[0] for target in imports_of(name)}


def loads(statement: str, forbidden: list[str]) -> str:
    """Run a statement in a new process; return which of the forbidden modules it has loaded."""
    code = f"import sys\n{statement}\nprint(*[name for name in {forbidden!r} if name in sys.modules])"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_the_package_imports_nothing_heavy():
    assert loads("import lossland", HEAVY) == ""


def theory_files() -> list[str]:
    """Return the modules of the physics domains that do not load torch themselves: closed forms."""
    return [
        name
        for name, path in MODULES.items()
        if LAYERS.get(domain_of(name), 0) == 3
        and "torch" not in {target.split(".")[0] for target in imported_on_load(path)}
    ]


def test_theory_runs_without_torch():
    names = theory_files()
    assert "lossland.signal_propagation.length_map" in names
    imports = "\n".join(f"import {name}" for name in names)
    assert loads(imports, ["torch", "matplotlib"]) == ""


def test_drawers_are_forbidden():
    drawers = {"utils", "util", "helpers", "helper", "misc", "common", "tools"}
    assert [name for name in MODULES if name.rsplit(".", 1)[-1] in drawers] == []


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.name)
def test_files_are_short(path):
    assert len(path.read_text("utf8").splitlines()) <= 400
