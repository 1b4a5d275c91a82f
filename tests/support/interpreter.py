"""An interpreter that has imported the engine and runs ``cct`` in forks of itself.

It reads one request as a JSON line and answers with the exit code of the fork, negative for the
signal that killed it. A fork is a process of its own: it can be killed as by ``kill -9``, and the
next one remembers nothing of it. What is saved is the seconds that the imports take, also those
that a verb puts off until it needs them, and reading what is shipped: the laws of the demo, their
checks, the feeds and the banks.
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

import pandas as pd
import pandera.pandas as pandera

import bank_adapters
import cct_engine.cli
from bank_adapters.reasons import reasons
from cct_engine import registry, rulebook
from cct_engine.cycle.checks.policy import policy
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


def _import_all() -> None:
    for package in (cct_engine.cli, bank_adapters):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    pandera.DataFrameSchema().validate(pd.DataFrame())  # the first one imports the rest


def _read_what_is_shipped() -> None:
    for payer in PROGRAMMES:
        rulebook.programme(payer.programme)
        policy(payer.programme, payer.currency)
    for feed in registry.feeds:
        registry.feed(feed)
    for code in bank_adapters.profile_codes():
        bank_adapters.load_profile(code)
    reasons()


if __name__ == "__main__":
    _import_all()
    _read_what_is_shipped()
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), flush=True)
