"""Runs the site's own scripts outside a page: in Node where there is one, else in the browser of the site's tests."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from browser import open_browser
from serve import serving

STATIC = Path(__file__).resolve().parents[2] / "book" / "static"
_NODE = """
import { readFileSync } from "node:fs";
const [folder, given] = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(await (SCRIPT)(folder, given)));
"""


def run(script: str, given: Any = None) -> Any:
    """Call a function of JavaScript.

    Args:
        script: the function, `async (folder, given) => ...`; it imports modules as `${folder}/train/trainer.js`.
        given: its second argument, plain data.

    Returns:
        What it returns, plain data.

    Raises:
        AssertionError: the script failed; says how.
    """
    if node := shutil.which("node"):
        asked = json.dumps([(STATIC / "explore").as_uri(), given])
        done = subprocess.run([node, "--input-type=module", "-e", _NODE.replace("SCRIPT", script)], input=asked,
                              capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)
    with serving(STATIC) as address, open_browser() as browser:
        page = browser.new_page()
        page.goto(f"{address}/explore/explore.css")
        return page.evaluate(f"([folder, given]) => ({script})(folder, given)", [f"{address}/explore", given])
