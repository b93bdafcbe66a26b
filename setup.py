"""Take the book's records along into the package, so that notebooks find them where there is no book.

Everything else about the package is said in ``pyproject.toml``.
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class WithRecords(build_py):
    """Copy ``book/records`` into the package as it is built; an editable install finds them where they are."""

    def run(self) -> None:
        """Build, then copy."""
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib, "lossland", "records")
        self.mkpath(str(target))
        for path in sorted(Path("book", "records").glob("*.json")):
            self.copy_file(str(path), str(target / path.name))


setup(cmdclass={"build_py": WithRecords})
