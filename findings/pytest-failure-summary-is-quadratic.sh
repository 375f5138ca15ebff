#!/usr/bin/env bash
# pytest 9.2.0: the summary of failures looks at every setup and teardown report of the run, once for each failure.
#
# TerminalReporter.summary_failures asks for the teardown reports of each failed test, and finds them by scanning all
# reports of category "" (each test that got through setup and teardown has two). A run with n failing tests reads
# n * 2n reports to print nothing: 80,000 for 200, 320,000 for 400. In a run of 4,000 failing one-line tests this was
# seen to take 8.5 s, more than the tests. A run whose items report one phase alone does not pay for it.
#
# Seen: failing tests 200, reports scanned 80000; failing tests 400, reports scanned 320000
set -euo pipefail
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
python3 -m venv "$home/venv"
"$home/venv/bin/pip" install -q pytest==9.2.0
cat > "$home/conftest.py" <<'PYTHON'
from _pytest.terminal import TerminalReporter

scanned, find = 0, TerminalReporter._get_teardown_reports


def counting(self, nodeid):
    global scanned
    scanned += len(self.getreports(""))
    return find(self, nodeid)


TerminalReporter._get_teardown_reports = counting


def pytest_unconfigure(config):
    print(f"failing tests {config.getoption('--maxfail') - 1}, reports scanned {scanned}")
PYTHON
cat > "$home/test_failing.py" <<'PYTHON'
import pytest


def pytest_generate_tests(metafunc):
    metafunc.parametrize("i", range(metafunc.config.getoption("--maxfail") - 1))


def test_fails(i):
    assert False
PYTHON
cd "$home"
seen=$(for n in 200 400; do
    { venv/bin/python -m pytest -q --tb=short -p no:cacheprovider --maxfail=$((n + 1)) || true; } | grep "^failing tests"
done | paste -sd';' | sed 's/;/; /')
printf 'pytest %s\n%s\n' "$(venv/bin/python -c 'import pytest; print(pytest.__version__)')" "$seen"
[[ $seen == 'failing tests 200, reports scanned 80000; failing tests 400, reports scanned 320000' ]]
