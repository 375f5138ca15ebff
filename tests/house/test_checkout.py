"""The files of the checkout name no machine."""

import subprocess

import pytest
from source import ROOT, in_root

# Written in pieces, so that this file does not hold what it looks for.
MACHINE = ["/" + "work/", "/" + "root/", "/" + "tmp/v", "/" + "opt/wheels", "pypi" + "-more", "/" + "home/"]


def test_no_file_names_a_machine() -> None:
    """Neither a folder of somebody's machine nor a registry of somebody's network."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a checkout: git lists no files")
    names = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    texts = {in_root(path): path.read_bytes() for path in names if path.is_file()}
    assert texts
    assert {name: text for name, content in texts.items() for text in MACHINE if text.encode() in content} == {}
