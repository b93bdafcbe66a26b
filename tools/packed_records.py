"""Pack the records that a notebook reads into a cell of it, so that it runs away from the book, too."""

from __future__ import annotations

import base64
import re
import textwrap
import zlib
from pathlib import Path

READS = re.compile(r"""load_record\(\s*["']([\w-]+)["']\s*\)""")
CELL = '''\
# The full-size results that this chapter reads, packed: written beside the notebook unless it lies in the book.
import base64
import zlib
from pathlib import Path

PACKED = {{
{entries}
}}
for name, text in PACKED.items():
    folders = [here / folder for here in (Path.cwd(), *Path.cwd().parents) for folder in ("book/records", "records")]
    if not any((folder / name).is_file() for folder in folders):
        Path("records").mkdir(exist_ok=True)
        Path("records", name).write_bytes(zlib.decompress(base64.b64decode(text)))'''


def unpacking_cell(code: str, records: Path) -> str:
    """Return the code of a cell that unpacks all records that ``code`` loads; empty where it loads none.

    Raises:
        ValueError: the code loads a record that does not exist.

    """
    entries = []
    for name in sorted(set(READS.findall(code))):
        path = records / f"{name.replace('-', '_')}.json"
        if not path.is_file():
            raise ValueError(f"there is no record {path.name} in {records}")
        packed = base64.b64encode(zlib.compress(path.read_bytes(), 9)).decode()
        lines = "\n".join(f'        "{line}"' for line in textwrap.wrap(packed, 100))
        entries.append(f'    "{path.name}": (\n{lines}\n    ),')
    return CELL.format(entries="\n".join(entries)) if entries else ""
