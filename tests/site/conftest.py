"""What the tests in a browser share: one build of the site, and one browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Browser, browser
from test_site import ROOT, build


@pytest.fixture(scope="session")
def whole_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("site")
    result = build(ROOT, target)
    assert result.returncode == 0, result.stdout
    return target


@pytest.fixture(scope="session")
def chromium(whole_site: Path) -> Iterator[Browser]:
    with browser(whole_site) as opened:
        yield opened
