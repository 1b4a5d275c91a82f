"""Lines of the command line as documents and services write them, held against the verbs."""

from __future__ import annotations

import re
from typing import Any

import typer

from cct_engine.cli.main import app

__all__ = ["mistakes"]


def mistakes(words: str) -> list[str]:
    """What a line that begins behind ``cct`` names that is no verb and no option of its verb.

    ``voucher propose|confirm`` names two verbs, ``FILE``, ``…`` and ``<home>`` stand for what the
    reader puts there. The number of values is not looked at.
    """
    at: list[Any] = [typer.main.get_command(app)]
    for word in words.split():
        if hasattr(at[0], "get_command") and re.fullmatch(r"[a-z][a-z|-]*", word):
            at = [at[0].get_command(None, name) for name in word.split("|")]
            if None in at:
                return [f"cct {words}: there is no {word}"]
    options = {option for one in at for parameter in one.params for option in parameter.opts}
    return [
        f"cct {words}: {option} is none of its options"
        for option in re.findall(r"--[a-z][a-z-]*", words)
        if option not in options | {"--demo", "--help"}
    ]
