"""A live figure in JupyterLab with a kernel, driven in Chromium: it draws itself, and PyTorch adds its points."""

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request

import pytest
from reader import ROOT

TOKEN = "book"
# Slow enough to be stopped, and failing where the batch size is 8.
SOURCE = """\
import time

from sgdlab.laws import quantities as q
from sgdlab.live import Axis, Curve, Plot, Points, Slider, explore
from sgdlab.measure import Estimate


def measure(batch_size, seed=0):
    if seed:
        if batch_size == 8:
            raise RuntimeError("no such batch")
        for _ in range(300 if batch_size == 4 else 3):
            time.sleep(0.1)
    return Estimate([1 / batch_size, 3 / batch_size], [0.1] * 2)


explore(
    "try",
    Plot(Axis(q.n_batches, 0, 4), Axis(q.variance, 0, 4),
         Curve(q.n_batches.symbol / q.batch_size.symbol, "law"), Points(measure, "PyTorch", at=[1, 3]), words="A plot"),
    sliders=[Slider(q.batch_size, values=[1, 2, 4, 8], start=2)],
    alt="A line and two points.",
)
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """The address of a JupyterLab in a folder with one notebook."""
    folder = tmp_path_factory.mktemp("lab")
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": SOURCE, "outputs": [], "execution_count": None}
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": kernel, "cells": [cell]}
    (folder / "try.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    home = {
        name: str(folder / name.lower())
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTERLAB_SETTINGS_DIR")
    }
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        "--allow-root",
        f"--port={port}",
        f"--IdentityProvider.token={TOKEN}",
    ]
    server = subprocess.Popen(
        command, cwd=folder, env=os.environ | home | {"TQDM_DISABLE": "1"}, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{address}/api?token={TOKEN}", timeout=1)
                break
            except OSError:
                time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            # Under Python 3.12 it has been seen to wait for ever; its kernels end with it.
            server.kill()
            server.wait()


@pytest.mark.xdist_group("jupyterlab")
def test_the_button_runs_pytorch_stops_and_reports(chromium, lab):
    page = chromium.new_page(viewport={"width": 1280, "height": 1600})
    page.goto(f"{lab}/lab/tree/try.ipynb?token={TOKEN}")
    editor = page.locator(".jp-CodeCell .cm-content").first
    editor.click(timeout=180_000)
    page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(timeout=180_000)
    # Not the keyboard alone: while the kernel starts, JupyterLab may take the focus away.
    editor.press("Shift+Enter")
    figure = page.locator(".jp-OutputArea .live-figure")
    figure.locator(".live-frame .live-line").first.wait_for(timeout=180_000)

    slider, run = figure.get_by_role("slider"), figure.get_by_role("button", name="Run in PyTorch")
    slider.focus()
    slider.press("ArrowLeft")
    assert slider.get_attribute("aria-valuetext") == "1", "JupyterLab keeps the arrow keys to itself"
    assert figure.locator(".live-frame .live-new").count() == 0
    run.click()
    figure.get_by_role("button", name="Stop").wait_for()
    figure.locator(".live-frame .live-new").nth(1).wait_for(timeout=90_000)
    assert figure.locator(".live-frame .live-new").count() == 2

    slider.press("End")
    run.click()
    figure.get_by_text(re.compile("It failed: RuntimeError: no such batch")).wait_for(timeout=90_000)

    slider.press("ArrowLeft")
    run.click()
    figure.get_by_role("button", name="Stop").click()
    figure.get_by_text("Stopped.", exact=True).wait_for(timeout=30_000)
    page.close()


@pytest.mark.xdist_group("jupyterlab")
def test_without_trust_the_picture_and_the_table_are_shown(chromium, lab):
    """The book's first chapter, opened and not run: JupyterLab sanitises what it shows."""
    notebook = next((ROOT / "book" / "noise").glob("minibatch_covariance.ipynb"))
    content = {"type": "notebook", "format": "json", "content": json.loads(notebook.read_text(encoding="utf-8"))}
    request = urllib.request.Request(
        f"{lab}/api/contents/chapter.ipynb?token={TOKEN}", json.dumps(content).encode(), method="PUT"
    )
    urllib.request.urlopen(request, timeout=60)
    page = chromium.new_page(viewport={"width": 1280, "height": 1600})
    page.goto(f"{lab}/lab/tree/chapter.ipynb?token={TOKEN}")
    picture = page.locator(".jp-OutputArea .live-figure img").first
    picture.wait_for(timeout=180_000)
    assert picture.evaluate("image => image.naturalWidth") > 300
    assert page.locator(".jp-OutputArea .live-figure table").count() > 0
    page.close()
