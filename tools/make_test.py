"""Run all checks that need no browser, and say clearly what passed.

    python -m tools.make_test [STEP ...]

Steps: ruff, class, student, unit, instructor.  The step ``class`` builds the class edition, in which the unit
tests look for solutions; it executes nothing and keeps one core busy, so the student notebooks run beside it.  The
notebooks are executed twice here: the student ones leniently, the instructor ones strictly against the outputs of the
book's own execution, which is made first if it is missing.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from tools.executions import ExecutionFailed, execute_all, pin_threads
from tools.lock import alone
from tools.notebooks import write_notebooks
from tools.places import Places, here

STEPS = ("ruff", "class", "student", "unit", "instructor")
WORKERS = "2"
GROUPS = {  # test files with a name of their own in the summary
    "tests.book.test_layers": "layers",
    "tests.book.test_ledger": "ledger",
    "tests.exercises": "exercises",
    "tests.book": "editions and leaks",
    "tests.experiments": "experiments",
    "tests.figures": "figures",
    "src": "doctests",
}


@dataclass
class Row:
    """One line of the summary."""

    name: str
    ok: bool
    seconds: float
    outcomes: Counter = field(default_factory=Counter)

    def text(self) -> str:
        counts = ", ".join(f"{n} {kind}" for kind, n in self.outcomes.items() if n)
        return f"  {'ok    ' if self.ok else 'FAILED'}  {self.name:<22} {self.seconds:7.1f} s   {counts}"


def group_of(classname: str) -> str:
    """Return the name under which a test counts in the summary."""
    for prefix, name in GROUPS.items():
        if classname == prefix or classname.startswith(f"{prefix}."):
            return name
    return "package"


def outcome_of(case: ElementTree.Element) -> str:
    """Return passed, failed, error or skipped."""
    for kind, name in (("failure", "failed"), ("error", "errors"), ("skipped", "skipped")):
        if case.find(kind) is not None:
            return name
    return "passed"


def read_report(path: Path) -> dict[str, tuple[float, Counter]]:
    """Read a JUnit report: seconds and outcomes for each group."""
    groups: dict[str, list] = defaultdict(lambda: [0.0, Counter(passed=0, failed=0, errors=0, skipped=0)])
    if path.exists():
        for case in ElementTree.parse(path).iter("testcase"):
            entry = groups[group_of(case.get("classname", ""))]
            entry[0] += float(case.get("time", 0.0))
            entry[1][outcome_of(case)] += 1
    return {name: (seconds, outcomes) for name, (seconds, outcomes) in groups.items()}


def _run(command: list[str], places: Places) -> tuple[bool, float]:
    started = time.perf_counter()
    print(f"\n=== {' '.join(command[1:4])}", flush=True)
    status = subprocess.run(command, cwd=places.root, check=False).returncode
    return status == 0, time.perf_counter() - started


class ClassEdition:
    """The build of the class edition in a process beside the others; what it says is shown when it has ended."""

    def __init__(self, places: Places):
        self._log = places.build / "reports" / "class.log"
        self._started = time.perf_counter()
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tools.make_book", "class"], cwd=places.root, stdout=log, stderr=log
            )

    def row(self) -> Row:
        """Wait for its end; return its line of the summary."""
        status = self._process.wait()
        print(f"\n=== -m tools.make_book class\n{self._log.read_text('utf8', errors='replace')}", flush=True)
        return Row("class edition", status == 0, time.perf_counter() - self._started)


def run_ruff(places: Places) -> list[Row]:
    """Check the style of all Python files."""
    folders = [name for name in ("src", "tests", "tools", "book", "benchmarks") if (places.root / name).exists()]
    ok, seconds = _run([sys.executable, "-m", "ruff", "check", *folders], places)
    return [Row("ruff", ok, seconds)]


def run_unit(places: Places) -> list[Row]:
    """Run unit tests and doctests, two processes at once; one row for each group of tests."""
    report = places.build / "reports" / "unit.xml"
    report.unlink(missing_ok=True)
    ok, seconds = _run(
        [sys.executable, "-m", "pytest", "src", "tests", "--ignore=tests/site", "-q", "-n", WORKERS,
         "--dist", "worksteal", "-p", "no:benchmark", f"--junitxml={report}"],
        places,
    )
    groups = read_report(report)
    rows = [
        Row(name, not (outcomes["failed"] or outcomes["errors"]), group_seconds, outcomes)
        for name, (group_seconds, outcomes) in sorted(groups.items())
    ]
    if not rows or (not ok and all(row.ok for row in rows)):
        rows.append(Row("pytest itself", False, seconds))
    return rows


def run_notebooks(places: Places, kind: str) -> list[Row]:
    """Run the notebooks of an edition through nbval, two at a time."""
    report = places.build / "reports" / f"{kind}.xml"
    report.unlink(missing_ok=True)
    mode = ["--nbval-lax"] if kind == "student" else ["--nbval"]
    ok, seconds = _run(
        [sys.executable, "-m", "pytest", f"_build/notebooks/{kind}", *mode, "--nbval-current-env",
         "--nbval-sanitize-with", "tools/sanitize.cfg", "--nbval-cell-timeout", "300", "-q", "-n", WORKERS,
         "--dist", "loadscope", "-o", "addopts=", "-o", "filterwarnings=", f"--junitxml={report}",
         "-p", "no:cacheprovider"],
        places,
    )
    total: Counter = Counter()
    for _seconds, outcomes in read_report(report).values():
        total.update(outcomes)
    return [Row(f"{kind} notebooks", ok and total["passed"] > 0, seconds, total)]


def run_steps(places: Places, steps: list[str]) -> list[Row]:
    """Run the steps in order, all of them, whatever fails."""
    rows: list[Row] = []
    if "ruff" in steps:
        rows += run_ruff(places)
    if set(steps) - {"ruff"}:
        started = time.perf_counter()
        print("\n=== the book's own execution", flush=True)
        try:
            with alone(places):
                execute_all(places)
                write_notebooks(places)
            rows.append(Row("execution", True, time.perf_counter() - started))
        except (ExecutionFailed, ValueError) as failure:
            print(failure)
            rows.append(Row("execution", False, time.perf_counter() - started))
    class_edition = ClassEdition(places) if "class" in steps else None
    if "student" in steps:
        rows += run_notebooks(places, "student")
    if class_edition is not None:
        rows.append(class_edition.row())
    if "unit" in steps:
        rows += run_unit(places)
    if "instructor" in steps:
        rows += run_notebooks(places, "instructor")
    return rows


def main() -> None:
    """Run the steps named on the command line, or all, and print the summary."""
    parser = argparse.ArgumentParser(description="Run all checks that need no browser.")
    parser.add_argument("steps", nargs="*", metavar="STEP", help=f"of {', '.join(STEPS)}; all when none is named")
    steps = parser.parse_args().steps or list(STEPS)
    unknown = set(steps) - set(STEPS)
    if unknown:
        parser.error(f"unknown steps {sorted(unknown)}; expected some of {STEPS}")
    pin_threads()
    os.environ.setdefault("PYTHONUTF8", "1")
    places = here()
    (places.build / "reports").mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    rows = run_steps(places, steps)
    passed = sum(row.outcomes["passed"] for row in rows)
    print("\n" + "\n".join(row.text() for row in rows))
    failed = [row.name for row in rows if not row.ok]
    print(f"\n{passed} tests passed in {time.perf_counter() - started:.0f} s" if not failed
          else f"\nFAILED: {', '.join(failed)}")
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
