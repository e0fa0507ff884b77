"""The pages' web parts: what is fixed, and what is copied."""

import json
from pathlib import Path

import yaml

import vendor

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web"


def test_the_lock_file_has_no_address_and_an_integrity_for_each_package():
    text = (WEB / "package-lock.json").read_text(encoding="utf-8")
    assert "://" not in text
    packages = {name: package for name, package in json.loads(text)["packages"].items() if name}
    assert packages
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())


def test_versions_are_exact():
    package = json.loads((WEB / "package.json").read_text(encoding="utf-8"))
    versions = [*package["dependencies"].values(), *package["devDependencies"].values()]
    assert all(version[0].isdigit() for version in versions)


def test_what_the_pages_load_is_copied_and_what_was_there_before_goes(tmp_path):
    dist = tmp_path / "dist"
    (dist / "stale").mkdir(parents=True)
    vendor.vendor(WEB / "node_modules", dist)
    mathjax = dist / "_static" / "vendor" / "mathjax"
    parts = yaml.safe_load((ROOT / "_config.yml").read_text())["sphinx"]["config"]["mathjax3_config"]["loader"]["load"]
    for part in ["startup", *parts]:
        assert (mathjax / f"{part}.js").stat().st_size > 5_000
    assert list((mathjax / "output").rglob("*.woff"))
    assert (mathjax / "LICENSE").is_file()
    assert not (dist / "stale").exists()
    assert list(tmp_path.iterdir()) == [dist]
