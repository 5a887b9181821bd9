#!/bin/sh
# Makes .venv: a Python of 3.11 to 3.13, everything that requirements.txt pins, and this project. Does nothing when that is done.
# PYTHON names the interpreter to use; TORCH_INDEX the package index to take torch from, when pip's own will not do.
set -eu
cd "$(dirname "$0")/.."
log=.venv/setup.log

fail() { echo "deref: $*" >&2; exit 1; }

version_of() { "$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null; }

accepted() { case $1 in 3.11.* | 3.12.* | 3.13.*) ;; *) return 1 ;; esac; }

find_python() {
    seen=
    for name in ${PYTHON:+"$PYTHON"} ${PYTHON:-python3.11 python3.12 python3.13 python3 python}; do
        version=$(version_of "$name") || continue
        if accepted "$version"; then echo "$name"; return; fi
        seen="$seen $name (Python $version)"
    done
    fail "expected Python 3.11, 3.12 or 3.13, found${seen:- no program called ${PYTHON:-python3 or python}}." \
         "Install one, or name one: make book PYTHON=/path/to/python3.11"
}

# The folder is part of the stamp because scripts in a virtual environment stop working when it is moved.
wanted=$(cat requirements.txt pyproject.toml scripts/setup.sh scripts/mkl_vendor.c | cksum; echo "${TORCH_INDEX:-}"; pwd)
here=$(version_of .venv/bin/python || true)
accepted "$here" || here=
if [ -n "${PYTHON:-}" ]; then
    python=$(find_python)
    [ "$here" = "$(version_of "$python")" ] || here=
fi
if [ -n "$here" ] && [ "$(cat .venv/stamp 2>/dev/null)" = "$wanted" ]; then
    exit 0
fi

if [ -z "$here" ]; then
    python=$(find_python)
    "$python" -m venv --clear .venv >/dev/null 2>&1 ||
        fail "$python cannot make a virtual environment here; on Debian: apt-get install python3-venv"
fi

# Not compiled: of 20,000 files Python imports a few thousand, and compiles those when it first does. It halves the time.
install() {
    .venv/bin/python -m pip install --no-compile --disable-pip-version-check --progress-bar off "$@" >>$log 2>&1 && return
    tail -n 12 $log >&2
    fail "installing failed (all of it: $log). Check the network and that pip's index has torch 2.13.0 for this" \
         "machine, see README.md, then run the same command again."
}

echo "Installing what requirements.txt pins into .venv; the first time takes minutes ..."
: >$log
if [ -n "${TORCH_INDEX:-}" ]; then
    install --index-url "$TORCH_INDEX" "$(grep '^torch==' requirements.txt)"
fi
install -r requirements.txt
install --no-deps --no-build-isolation -e .
# Where Python may not write what it compiled, every process would compile a thousand files of the packages again.
if [ -n "${PYTHONDONTWRITEBYTECODE:-}" ]; then
    .venv/bin/python -m compileall -q -j 0 -x '/(tests|pip|transformers/models)/' .venv/lib/python3.*/site-packages \
        >>$log 2>&1 || : # some packages have templates, or files of other versions, that are not to be compiled
fi
# Doubles the speed of matrix products on AMD's processors (see code/evidence/vendor.py); nothing needs it.
if [ "$(uname -sm)" = "Linux x86_64" ]; then
    cc -O2 -shared -fPIC -o .venv/lib/mkl-vendor.so scripts/mkl_vendor.c >>$log 2>&1 || :
fi
echo "$wanted" >.venv/stamp
