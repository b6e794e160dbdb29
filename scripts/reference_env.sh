#!/usr/bin/env bash
# Makes a Python environment with the LeRobot that the goldens are recorded from, and prints the path of its python as the last line.
# It goes to $SMOLVLA_REFERENCE_ENV (default: ~/.cache/smolvla/reference). Running it again is quick and changes nothing.
# $SMOLVLA_REFERENCE_PYTHON may name the Python 3.12 to build on; else it is python3.12, pyenv's, or one that uv finds or
# fetches.
set -euo pipefail

readonly python_version=3.12
readonly packages=("lerobot[smolvla,async,dataset]==0.6.1" "transformers==5.5.4")
readonly environment=${SMOLVLA_REFERENCE_ENV:-$HOME/.cache/smolvla/reference}
readonly python=$environment/bin/python

is_complete() {
  "$python" - "${packages[@]}" 2>/dev/null <<'PYTHON'
import importlib.metadata, sys
for package in sys.argv[1:]:
    name, version = package.split("==")
    if importlib.metadata.version(name.split("[")[0]) != version:
        sys.exit(1)
PYTHON
}

make_environment() {
  local base
  for base in ${SMOLVLA_REFERENCE_PYTHON:-"python$python_version" \
    "${PYENV_ROOT:-$HOME/.pyenv}/versions/$python_version."*/bin/python}; do
    "$base" -c "import ensurepip, sys; sys.exit('%d.%d' % sys.version_info[:2] != '$python_version')" 2>/dev/null || continue
    "$base" -m venv "$environment"
    return
  done
  local uv=uv
  if ! uv --version >/dev/null 2>&1; then
    python3 -m venv "$environment.uv"
    "$environment.uv/bin/python" -m pip install --quiet uv
    uv=$environment.uv/bin/uv
  fi
  "$uv" venv --quiet --allow-existing --seed --python "$python_version" "$environment"
}

if ! is_complete; then
  [[ -x $python ]] || make_environment >&2
  "$python" -m pip install --quiet "${packages[@]}" >&2
  is_complete || { echo "$environment does not have ${packages[*]} after installing them" >&2; exit 1; }
fi
echo "$python"
