"""Where the sources of the book lie and where everything made from them goes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True)
class Places:
    """All folders of one working tree; tests point ``root`` at a synthetic one."""

    root: Path

    @property
    def book(self) -> Path:
        return self.root / "book"

    @property
    def package(self) -> Path:
        return self.root / "src" / "lossland"

    @property
    def build(self) -> Path:
        return self.root / "_build"

    @property
    def cache(self) -> Path:
        """The execution cache, where Jupyter Book looks for it."""
        return self.build / ".jupyter_cache"

    @property
    def site(self) -> Path:
        return self.build / "html"

    @property
    def notebooks(self) -> Path:
        return self.build / "notebooks"

    @property
    def decks_site(self) -> Path:
        return self.build / "decks"

    def pages(self) -> list[Path]:
        """Return the sources named in the table of contents, in its order.

        Raises:
            ValueError: one of them does not exist.

        """
        contents = yaml.safe_load((self.root / "_toc.yml").read_text("utf8"))
        names = [contents["root"]]
        names += [entry["file"] for part in contents["parts"] for entry in part["chapters"]]
        paths = [self.book / f"{name}.md" for name in names]
        missing = [str(path.relative_to(self.root)) for path in paths if not path.exists()]
        if missing:
            raise ValueError(f"_toc.yml names pages that do not exist: {', '.join(missing)}")
        return paths

    def chapters(self) -> list[Path]:
        """Return the chapters of the table of contents."""
        return [page for page in self.pages() if page.parent.name == "chapters"]

    def decks(self) -> list[Path]:
        """Return the sources of the lectures."""
        return sorted((self.book / "decks").glob("[0-9]*.md"))


def here() -> Places:
    """Return the working tree that this file belongs to."""
    return Places(Path(__file__).resolve().parents[1])
