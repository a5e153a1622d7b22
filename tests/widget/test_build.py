"""The widget's files are what its sources say, small enough, and at one with the faces and rules here."""

import gzip
import json
import re
import shutil
from base64 import b64encode
from hashlib import sha256, sha384
from pathlib import Path

import pytest

from feedback.widget.files import by_name
from tests.helpers.node import ROOT, TOOLS, WIDGET, need_node, run

DIST = WIDGET / "dist"
MANIFEST = json.loads((DIST / "manifest.json").read_text())
#: Bytes of each file when compressed with gzip.
BUDGETS = {"loader": 2_000, "more": 4_000, "inline": 3_000}


def source(name: str) -> str:
    return (WIDGET / "src" / name).read_text(encoding="utf-8")


def test_building_again_makes_the_same_bytes(tmp_path: Path) -> None:
    need_node()
    copy = tmp_path / "widget"
    shutil.copytree(WIDGET, copy, ignore=shutil.ignore_patterns("dist"))
    (tmp_path / "node_modules").symlink_to(TOOLS)
    run(copy / "build.mjs")
    for file in sorted((copy / "dist").iterdir()):
        assert file.read_bytes() == (DIST / file.name).read_bytes(), f"{file.name}: run make widget"


def test_another_version_keeps_the_files_that_pages_hold_to(tmp_path: Path) -> None:
    need_node()
    copy = tmp_path / "widget"
    shutil.copytree(WIDGET, copy, ignore=shutil.ignore_patterns("past"))
    (tmp_path / "node_modules").symlink_to(TOOLS)
    package = copy / "package.json"
    package.write_text(package.read_text().replace(f'"version": "{MANIFEST["version"]}"', '"version": "77.0.0"'))
    run(copy / "build.mjs")
    served = by_name(copy / "dist")
    loader = MANIFEST["files"]["loader"]
    assert served[f"{MANIFEST['version']}-{loader['hash']}.js"][0] == (DIST / "loader.js").read_bytes()
    assert sum(name.startswith("77.0.0-") for name in served) == len(BUDGETS)


def test_types_hold_in_the_widget_and_for_pages_that_use_it() -> None:
    need_node()
    run(TOOLS / "typescript" / "bin" / "tsc", "--project", WIDGET)
    page = ROOT / "tests" / "data" / "host-page.ts"
    run(TOOLS / "typescript" / "bin" / "tsc", "--noEmit", "--strict", "--skipLibCheck", "--types", "", page)


def test_the_rule_in_the_browser_decides_like_ours() -> None:
    need_node()
    cases = ROOT / "tests" / "data" / "targeting.json"
    decided = json.loads(run(ROOT / "tests" / "widget" / "decide.mjs", cases))
    expected = {
        case["name"]: {"visible": case["reason"] == "ok", "reason": case["reason"]}
        for case in json.loads(cases.read_text(encoding="utf-8"))
    }
    assert decided == expected


def test_every_file_keeps_to_its_budget() -> None:
    need_node()
    weigh = "p => require('zlib').brotliCompressSync(require('fs').readFileSync(p)).length"
    paths = json.dumps([str(DIST / f"{name}.js") for name in BUDGETS])
    brotlis = json.loads(run("-p", f"JSON.stringify({paths}.map({weigh}))"))
    print(f"\n{'':8}{'raw':>8}{'gzip':>8}{'brotli':>8}{'budget':>8}")
    for (name, budget), brotli in zip(BUDGETS.items(), brotlis, strict=True):
        body = (DIST / f"{name}.js").read_bytes()
        packed = len(gzip.compress(body, 6))
        print(f"{name:8}{len(body):8}{packed:8}{brotli:8}{budget:8}")
        assert max(packed, brotli) <= budget


@pytest.mark.parametrize("name", BUDGETS)
def test_the_manifest_tells_what_is_there(name: str) -> None:
    told = MANIFEST["files"][name]
    body = (DIST / told["file"]).read_bytes()
    assert told["bytes"] == len(body)
    assert told["hash"] == sha256(body).hexdigest()[: len(told["hash"])]
    assert told["integrity"] == f"sha384-{b64encode(sha384(body).digest()).decode()}"


def test_each_file_names_the_next_one() -> None:
    def address(name: str) -> bytes:
        return f"/widget/{MANIFEST['version']}-{MANIFEST['files'][name]['hash']}.js".encode()

    assert address("more") in (DIST / "loader.js").read_bytes()
    assert address("inline") in (DIST / "more.js").read_bytes()


def test_faces_are_drawn_as_on_our_own_pages() -> None:
    icons = (ROOT / "templates" / "macros" / "icons.html").read_text(encoding="utf-8")
    looks = re.findall(r'^  [1-5]: "(M.+?)"', icons, re.MULTILINE)
    assert re.findall(r'^  "(M.+?)",$', source("faces.ts"), re.MULTILINE) == looks
    assert len(looks) == 5


@pytest.mark.parametrize(
    "name", ["innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "new Function", "document.write"]
)
def test_nothing_turns_a_string_into_markup_or_code(name: str) -> None:
    assert not [file for file in BUDGETS if name in (DIST / f"{file}.js").read_text(encoding="utf-8")]
