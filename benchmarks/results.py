"""Rows that benchmarks report, and the files that a page can show: ``results.json`` and ``results.md``."""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Row:
    """One comparison.

    Attributes:
        workload: What was computed.
        ours: Seconds, median.
        against: What it is compared with.
        theirs: Seconds of that, for the same work.
        how: How ``theirs`` was obtained, and at what accuracy.
        aim: The aim for the ratio, in words; empty when there is none.
        met: Whether it was met.
    """

    workload: str
    ours: float
    against: str
    theirs: float
    how: str
    aim: str = ""
    met: bool | None = None

    @property
    def ratio(self) -> str:
        """How many times faster, or what multiple."""
        if self.theirs >= self.ours:
            return (
                f"{self.theirs / self.ours:,.0f} times faster"
                if self.theirs > 10 * self.ours
                else (f"{self.theirs / self.ours:.1f} times faster")
            )
        return f"{self.ours / self.theirs:.2f} times its time"


def write_results(domain: str, collected: list[Row]) -> None:
    """Replace the rows of one domain in ``results.json``, and write ``results.md`` anew from all of them."""
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    about = f"{machine}, NumPy {np.__version__}, one thread, {time.strftime('%Y-%m-%d', time.gmtime())}"
    path = HERE / "results.json"
    content = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    content[domain] = {"machine": about, "rows": [{**dataclasses.asdict(row), "ratio": row.ratio} for row in collected]}
    content = dict(sorted(content.items()))
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    lines = ["# Speed", "", "Medians of one run of `make bench`. Compare ratios, not seconds."]
    for name, part in content.items():
        lines += ["", f"## {name.replace('_', ' ').capitalize()}", "", f"{part['machine']}.", "", *_table(part["rows"])]
    (HERE / "results.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _table(rows: list[dict]) -> list[str]:
    lines = [
        "| workload | this package | against | same work there | ratio | aim | how |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        met = {None: "", True: " (met)", False: " (missed)"}[row["met"]]
        lines.append(
            f"| {row['workload']} | {seconds(row['ours'])} | {row['against']} | {seconds(row['theirs'])} "
            f"| {row['ratio']} | {row['aim']}{met} | {row['how']} |"
        )
    return lines


def seconds(value: float) -> str:
    """A time in words."""
    for unit, size in (("h", 3600.0), ("min", 60.0), ("s", 1.0), ("ms", 1e-3)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value * 1e6:.3g} µs"
