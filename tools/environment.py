"""Set up the book's Python environment in .venv: the packages of a requirements file and the package in lib/.

    python3 tools/environment.py [REQUIREMENTS]

Runs under the reader's own Python, with the standard library alone. Can be repeated. An environment that was made
in another folder or by another Python is made anew: its paths point to where it was.
"""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
MADE_FOR = VENV / "made-for.txt"
OLDEST, NEWEST = (3, 11), (3, 13)


def python() -> Path:
    """The interpreter of the environment."""
    return VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def purpose() -> str:
    """What an environment is made for: this version of Python, in this folder."""
    return f"Python {sys.version_info.major}.{sys.version_info.minor} in {ROOT}\n"


def check_version() -> None:
    """Stop with a message when this Python is not one that the pinned packages support."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        sys.exit(
            f"The book needs Python {OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}, and {sys.executable} is "
            f"{sys.version_info.major}.{sys.version_info.minor}. Name another one: make book PYTHON=python3.12"
        )


def prepare() -> None:
    """Make .venv, or make it anew where the one that is there cannot serve."""
    if MADE_FOR.exists() and MADE_FOR.read_text() != purpose():
        print(f".venv was made for {MADE_FOR.read_text().strip()}: making it anew for {purpose().strip()}.", flush=True)
        shutil.rmtree(VENV)
    if not python().exists():
        venv.create(VENV, with_pip=True, clear=True)
    MADE_FOR.write_text(purpose())


def install(requirements: Path) -> None:
    """Install `requirements` and, without its dependencies, the package in lib/; then check that all fit together."""
    pip = [str(python()), "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "install", "-r", str(requirements)], check=True)
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--editable", str(ROOT)], check=True)
    subprocess.run([*pip, "check"], check=True)


if __name__ == "__main__":
    check_version()
    prepare()
    try:
        install(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "requirements.txt")
    except subprocess.CalledProcessError as error:
        sys.exit(f"The environment is not complete: {' '.join(error.cmd)} failed.")
