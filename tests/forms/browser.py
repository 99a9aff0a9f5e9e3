"""Runs the browser's evaluator in Node, on many cases in one go."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "pwa" / "expressions.js"
RUNNER = """
const farline = require(process.argv[1]);
const cases = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const results = cases.map((c) => {
  const board = farline.board(c.logic, c.answers, c.counts, c.now);
  return c.tree !== undefined ? board.evaluate(c.tree, c.at) : c.paths.map((p) => [board.applies(p), board.values(p)]);
});
process.stdout.write(JSON.stringify(results));
"""


def run_in_node(cases: list[dict[str, Any]]) -> list[Any]:
    """What the browser's evaluator makes of each case. Skips the test, loudly, where there is no Node."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed: the browser's evaluator was NOT compared with Python's")
    done = subprocess.run(
        [node, "-e", RUNNER, str(SCRIPT)],
        input=json.dumps(cases),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return json.loads(done.stdout)
