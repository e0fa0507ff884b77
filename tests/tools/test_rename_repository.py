"""One command changes the repository's address wherever it stands."""

import shutil
from pathlib import Path

import pytest

from rename_repository import rename, repository

ROOT = Path(__file__).resolve().parents[2]
PLACES = ["_config.yml", "README.md", "CITATION.cff", "CONTRIBUTING.md", "LICENSE-TEXT", "book", ".github"]


@pytest.fixture
def copy(tmp_path):
    for place in PLACES:
        source = ROOT / place
        if source.is_dir():
            shutil.copytree(source, tmp_path / place)
        else:
            shutil.copyfile(source, tmp_path / place)
    return tmp_path


def texts(folder):
    files = [
        path for path in folder.rglob("*") if path.suffix in {".md", ".ipynb", ".yml", ".cff", ""} and path.is_file()
    ]
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(files))


def test_the_old_address_is_nowhere_left(copy):
    old = repository(copy)
    number = texts(copy).count(old)
    changed = rename(copy, "another-owner/another.name")
    assert repository(copy) == "another-owner/another.name"
    assert {path.name for path in changed} >= {"_config.yml", "README.md", "CITATION.cff"}
    assert old not in texts(copy)
    assert texts(copy).count("another-owner/another.name") == number


def test_there_and_back_changes_nothing(copy):
    before, old = texts(copy), repository(copy)
    rename(copy, "another-owner/another-name")
    rename(copy, old)
    assert texts(copy) == before


def test_a_longer_name_is_another_repository(tmp_path):
    (tmp_path / "_config.yml").write_text("repository:\n  url: https://github.com/a/b\n")
    (tmp_path / "page.md").write_text("github.com/a/b, github.com/a/b-extra, github.com/aa/b, a.github.io/b")
    rename(tmp_path, "c/d")
    assert (tmp_path / "page.md").read_text() == "github.com/c/d, github.com/a/b-extra, github.com/aa/b, c.github.io/d"


@pytest.mark.parametrize("name", ["owner", "https://github.com/owner/name", "owner/name/more", "own er/name", ""])
def test_a_name_of_another_form_is_refused(copy, name):
    before = texts(copy)
    with pytest.raises(ValueError, match="owner/name"):
        rename(copy, name)
    assert texts(copy) == before
