"""What tests of the kit have in common."""

from pathlib import Path

import pytest
from runs import beside_numpy_optim


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """Make a folder without a checkout that has a right implementation in it."""
    return beside_numpy_optim(tmp_path)
