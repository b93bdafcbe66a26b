"""Build the site: execute, derive notebooks, render pages and decks, put everything together.

    python -m tools.make_book [full|class]

Each phase says what it does and is skipped when its inputs have not changed.  Anything that goes wrong (a failing
cell, a missing reference, any warning) ends the program with a status other than zero.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tools import class_edition
from tools.executions import ExecutionCache, ExecutionFailed, execute_all, surroundings
from tools.lock import alone
from tools.notebooks import write_notebooks
from tools.places import Places, here
from tools.print_offers import offer_prints
from tools.stamps import Stamp, digest, files_below
from tools.wheel import build_wheel


class BuildFailed(RuntimeError):
    """A program of the build ended with an error; its own messages say why."""


def run(command: list[str], root: Path) -> None:
    """Run a program in the folder; what it says on stderr is shown as it comes.

    Raises:
        BuildFailed: it ended with a status other than zero.

    """
    status = subprocess.run(command, cwd=root, check=False, stdout=subprocess.DEVNULL).returncode
    if status:
        raise BuildFailed(f"{' '.join(command[:5])} ... ended with status {status}; see the messages above")


def site_digest(places: Places, edition: str) -> str:
    """Return the digest of all that the pages depend on."""
    cache = ExecutionCache(places)
    inputs = [places.root / name for name in ("_config.yml", "_toc.yml", "CHANGELOG.md")]
    inputs += files_below(places.package, suffixes=(".py",))
    inputs += [path for path in files_below(places.book) if (places.book / "decks") not in path.parents]
    inputs += files_below(places.root / "tools", suffixes=(".py",))
    decks = places.decks()  # their slides and times are counted on a page
    executions = [cache.digest_of(source) for source in [*places.chapters(), *decks]]
    inputs += decks
    return digest([path for path in inputs if path.exists()], edition, *executions, *surroundings(places))


def build_pages(places: Places, edition: str) -> Places:
    """Render the pages with Jupyter Book, strictly; return the places of the edition."""
    made = class_edition.class_places(places) if edition == "class" else places
    stamp, value = Stamp(places.build / "stamps" / f"site-{edition}"), site_digest(places, edition)
    if stamp.matches(value, made.site / "index.html") or (
        edition == "class" and stamp.matches(value, class_site(places) / "index.html")
    ):
        print("  pages unchanged")
        return made
    stamp.clear()
    if edition == "class":
        class_edition.prepare(places)
        shutil.rmtree(class_site(places), ignore_errors=True)
    shutil.rmtree(made.site, ignore_errors=True)
    run(
        [str(Path(sys.executable).with_name("jupyter-book")), "build", str(made.book),
         "--config", str(made.root / "_config.yml"), "--toc", str(made.root / "_toc.yml"),
         "--path-output", str(made.root), "--all", "-W", "-n", "--keep-going", "-q"],
        places.root,
    )
    if edition == "class":
        shutil.move(made.site, class_site(places))
    stamp.set(value)
    return made


def class_site(places: Places) -> Path:
    """Return the folder of the finished class edition."""
    return class_edition.class_places(places).root / "html"


def build_decks(places: Places) -> None:
    """Render the lectures with sphinx-revealjs, strictly."""
    decks = places.decks()
    if not decks:
        print("  no decks")
        return
    cache = ExecutionCache(places)
    folder = places.book / "decks"
    inputs = files_below(folder, places.book / "_ext", places.book / "_static")
    value = digest(inputs, *(cache.digest_of(deck) for deck in decks), *surroundings(places))
    stamp = Stamp(places.build / "stamps" / "decks")
    if stamp.matches(value, *(places.decks_site / f"{deck.stem}.html" for deck in decks)):
        print("  decks unchanged")
        return
    stamp.clear()
    shutil.rmtree(places.decks_site, ignore_errors=True)
    run(
        [sys.executable, "-m", "sphinx", "-b", "revealjs", "-W", "-n", "--keep-going", "-q", "-E",
         "-d", str(places.build / ".deck-doctrees"), "-D", f"nb_execution_cache_path={places.cache}",
         str(folder), str(places.decks_site)],
        places.root,
    )
    stamp.set(value)


def _replace(source: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    if source.is_dir():
        left_out = shutil.ignore_patterns(".buildinfo", "_sources", "*.md")
        shutil.copytree(source, target, copy_function=os.link, ignore=left_out)


def gather(places: Places, edition: str) -> Path:
    """Put decks, notebooks and the package that they install into the site; return its folder."""
    site = class_site(places) if edition == "class" else places.site
    wheel = build_wheel(places)
    _replace(places.decks_site, site / "decks")
    for kind in ("student", "instructor") if edition == "full" else ("student",):
        _replace(places.notebooks / kind, site / "notebooks" / kind)
        os.link(wheel, site / "notebooks" / kind / wheel.name)
    offer_prints(site)
    return site


def render(places: Places, edition: str, parts: tuple[str, ...]) -> None:
    """Render pages and decks, each in a process of its own, at once.

    Raises:
        BuildFailed: one of them failed; the other has ended by then.

    """
    with ThreadPoolExecutor(2) as pool:
        jobs = []
        if "pages" in parts:
            print(f"Rendering the pages ({edition} edition)", flush=True)
            jobs.append(pool.submit(build_pages, places, edition))
        if "decks" in parts:
            print("Rendering the decks", flush=True)
            jobs.append(pool.submit(build_decks, places))
    for job in jobs:
        job.result()


def make(places: Places, edition: str, parts: tuple[str, ...]) -> None:
    """Build the parts that are asked for."""
    started = time.perf_counter()
    print("Executing chapters and decks", flush=True)
    execute_all(places)
    if "notebooks" in parts:
        print("Deriving notebooks", flush=True)
        write_notebooks(places)
    render(places, edition, parts)
    if "pages" in parts:
        site = gather(places, edition)
        print(f"Done in {time.perf_counter() - started:.1f} s. Open {site / 'index.html'}")


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description="Build the site, the notebooks and the decks.")
    parser.add_argument("edition", nargs="?", default="full", choices=["full", "class"])
    parser.add_argument("--only", choices=["notebooks", "decks"], help="build nothing but these")
    arguments = parser.parse_args()
    parts = (arguments.only,) if arguments.only else ("notebooks", "pages", "decks")
    try:
        with alone(here()):
            make(here(), arguments.edition, parts)
    except (BuildFailed, ExecutionFailed, ValueError) as failure:
        sys.exit(f"\nBuild failed: {failure}")


if __name__ == "__main__":
    main()
