"""What the tests in a browser share: one build of the site, and one browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Browser, browser
from pages import ROOT, published


@pytest.fixture(scope="session")
def whole_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published(ROOT, tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="session")
def chromium(whole_site: Path) -> Iterator[Browser]:
    with browser(whole_site) as opened:
        yield opened
