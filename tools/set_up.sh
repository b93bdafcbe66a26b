#!/usr/bin/env bash
# Make the virtual environment with the pinned stack and the package: set_up.sh PYTHON FOLDER
set -euo pipefail
python="$1"
venv="$2"

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "Lossland needs Python 3.11 or newer; '$python' is $("$python" --version 2>&1 || echo 'not there')." >&2
  echo "Install one, or name one: make book PYTHON=/path/to/python3.12" >&2
  exit 1
fi
if [ ! -x "$venv/bin/python" ]; then
  echo "Making $venv with $("$python" --version)"
  "$python" -m venv "$venv" || { echo "No venv module? On Debian: apt-get install python3-venv" >&2; exit 1; }
fi
echo "Installing the pinned stack (the first time: some minutes, 1.6 GB)"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r requirements.txt
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --editable .
"$venv/bin/python" -m pip check
touch "$venv/.ready"
