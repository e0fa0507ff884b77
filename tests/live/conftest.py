"""What the tests of live figures share."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def javascript():
    """Run a JavaScript function of one argument in node: `javascript(source, argument)`; both ends are JSON."""
    places = [str(Path(sys.executable).parent), os.environ["PATH"]]  # the set-up may have put it into the environment
    node = shutil.which("node", path=os.pathsep.join(places))
    assert node, "node is part of the set-up"

    def run(source, argument):
        program = f"const f = {source}; console.log(JSON.stringify(f({json.dumps(argument)})))"
        return json.loads(subprocess.run([node, "-"], input=program, capture_output=True, text=True, check=True).stdout)

    return run
