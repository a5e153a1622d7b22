"""Node and the widget's two tools; without them those tests are skipped, or fail where everything is to be tested."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WIDGET = ROOT / "static" / "widget"
TOOLS = ROOT / "node_modules"


def missing() -> str | None:
    """What has to be installed before the widget can be built here."""
    if shutil.which("node") is None:
        return "there is no Node.js"
    for name, version in json.loads((WIDGET / "package.json").read_text())["devDependencies"].items():
        package = TOOLS / name / "package.json"
        if not package.is_file() or json.loads(package.read_text())["version"] != version:
            return f"{name} {version} is not in node_modules: run make node_modules"
    return None


def need_node() -> None:
    """Go on only where the widget can be built."""
    reason = missing()
    if reason is None:
        return
    if os.environ.get("FEEDBACK_TEST_REQUIRE") == "all":
        pytest.fail(f"everything is to be tested, but {reason}")
    pytest.skip(f"the widget's sources are NOT tested: {reason}")


def run(*arguments: str | Path) -> str:
    """Run node, and give what it printed."""
    done = subprocess.run(["node", *map(str, arguments)], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
