"""An interpreter that has imported the engine and runs ``cct`` in forks of itself.

It reads one request as a JSON line and answers with the exit code of the fork, negative for the
signal that killed it. A fork is a process of its own: it can be killed as by ``kill -9``, and the
next one remembers nothing of it. What is saved is the seconds that the imports take, and reading
what is shipped: the laws of the demo, its feeds and its banks.
"""

from __future__ import annotations

import json
import os
import pkgutil
import sys
import time
import traceback
from importlib import import_module
from typing import Any

import cct_engine.cli
from bank_adapters import load_profile, profile_codes
from cct_engine import registry, rulebook
from cct_engine.demo.plan import PROGRAMMES


def run(request: dict[str, Any]) -> int:
    """Run ``cct`` with the request's arguments in a fork; return how it ended."""
    child = os.fork()
    if child == 0:
        os._exit(_as_cct(request))
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _as_cct(request: dict[str, Any]) -> int:
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    os.chdir(request["environment"]["CCT_HOME"])
    for stream, path in ((1, request["output"]), (2, request["errors"])):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), stream)
    sys.argv = ["cct", *request["arguments"]]
    code = _exit_code()
    sys.stdout.flush()
    sys.stderr.flush()
    return code


def _exit_code() -> int:
    """Run the console script as Python does: an error nobody caught is printed and is a 1."""
    try:
        cct_engine.cli.main()
    except SystemExit as leaving:
        if isinstance(leaving.code, str):
            print(leaving.code, file=sys.stderr)
            return 1
        return leaving.code or 0
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _read_what_is_shipped() -> None:
    for payer in PROGRAMMES:
        rulebook.programme(payer.programme)
    for feed in registry.feeds:
        registry.feed(feed)
    for code in profile_codes():
        load_profile(code)


if __name__ == "__main__":
    for module in pkgutil.iter_modules(cct_engine.cli.__path__, "cct_engine.cli."):
        import_module(module.name)
    _read_what_is_shipped()
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)
