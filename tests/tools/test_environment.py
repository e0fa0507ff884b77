"""The set-up says what it cannot do, and does not take an environment of another folder for its own."""

import sys
from collections import namedtuple

import pytest

import environment

Version = namedtuple("Version", "major minor micro")


@pytest.mark.parametrize("version", [(3, 10, 14), (3, 14, 0), (2, 7, 18)])
def test_another_python_is_refused_with_the_way_out(monkeypatch, version):
    monkeypatch.setattr(sys, "version_info", Version(*version))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 to 3\.13.*PYTHON="):
        environment.check_version()


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 4), (3, 13, 9)])
def test_the_pinned_versions_are_accepted(monkeypatch, version):
    monkeypatch.setattr(sys, "version_info", Version(*version))
    environment.check_version()
    assert environment.purpose().startswith(f"Python 3.{version[1]} ")


def test_an_environment_that_was_moved_is_made_anew(monkeypatch, tmp_path, capsys):
    folder = tmp_path / ".venv"
    monkeypatch.setattr(environment, "VENV", folder)
    monkeypatch.setattr(environment, "MADE_FOR", folder / "made-for.txt")
    monkeypatch.setattr(environment.venv, "create", lambda path, **_: path.mkdir(exist_ok=True))
    folder.mkdir()
    (folder / "stale").touch()
    environment.MADE_FOR.write_text("Python 3.11 in /elsewhere\n")
    environment.prepare()
    assert not (folder / "stale").exists()
    assert environment.MADE_FOR.read_text() == environment.purpose()
    assert "/elsewhere" in capsys.readouterr().out


def test_its_own_environment_is_kept(monkeypatch, tmp_path):
    folder = tmp_path / ".venv"
    monkeypatch.setattr(environment, "VENV", folder)
    monkeypatch.setattr(environment, "MADE_FOR", folder / "made-for.txt")
    monkeypatch.setattr(environment.venv, "create", lambda *_, **__: pytest.fail("made anew"))
    environment.python().parent.mkdir(parents=True)
    environment.python().touch()
    environment.MADE_FOR.write_text(environment.purpose())
    environment.prepare()
    assert environment.python().exists()
