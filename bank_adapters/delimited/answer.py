"""What a bank answers in a delimited file of its own, as data: the next bank's CSV is no code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bank_adapters.currency import exponent_of

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Answer", "load_answer"]

REFERENCES: Final = (
    "original_message_id",
    "payment_information_id",
    "end_to_end_id",
    "instruction_id_text",
    "uetr",
    "account",
    "bank_reference",
    "entry_reference",
)
_TOLD: Final = (*REFERENCES, "status", "reason", "amount", "currency", "booked_on", "value_on")
_Status = Literal["ACCC", "ACCP", "ACSC", "ACSP", "ACWC", "CANC", "PDNG", "RCVD", "RJCT"]


class Answer(BaseModel):
    """One bank's answer. Its first line, the names of its columns, tells it from other files."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    """Also the name of the list its reasons are from."""
    column_names: Annotated[tuple[str, ...], Field(min_length=2)]
    """Every column of the file, in order, as its first line has them."""
    columns: dict[str, str]
    """What of an event stands in which column; ``status`` must be among them."""
    statuses: dict[str, _Status]
    """What the bank's words for a status mean. Another word leaves a payment open."""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    """Of all amounts, where no column says it."""
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    quote: Literal["", '"'] = '"'
    decimal_mark: Literal[".", ","] = "."
    encoding: Literal["utf-8", "latin-1"] = "utf-8"
    date_format: Literal["%Y-%m-%d", "%Y%m%d", "%d%m%Y", "%d/%m/%Y", "%d-%m-%Y"] = "%Y-%m-%d"
    last_line: str = ""
    """The file's own totals, as ``T;{count};{total}``; {total_minor} is without decimals."""

    @model_validator(mode="after")
    def _fits_together(self) -> Answer:
        if unknown := set(self.columns) - set(_TOLD):
            raise ValueError(f"columns: {', '.join(sorted(unknown))} is nothing an event tells.")
        if missing := set(self.columns.values()) - set(self.column_names):
            raise ValueError(f"columns: the file has no {', '.join(sorted(missing))}.")
        if "status" not in self.columns:
            raise ValueError("columns: say which column has the status.")
        if "amount" in self.columns and self.currency is None and "currency" not in self.columns:
            raise ValueError("currency: say it, or which column has it.")
        if self.currency is not None and exponent_of(self.currency) is None:
            raise ValueError(f"currency: {self.currency} is not an ISO 4217 currency we know.")
        return self

    def is_head(self, head: bytes) -> bool:
        """Tell whether a file begins with the names of these columns."""
        first = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].rstrip(b"\r")
        names = first.decode(self.encoding, "replace").split(self.delimiter)
        return tuple(name.strip().strip('"') for name in names) == self.column_names

    def totals_pattern(self) -> re.Pattern[str] | None:
        """Return what the last line must look like, or None where the bank writes no totals."""
        if not self.last_line:
            return None
        pattern = re.escape(self.last_line)
        for name, digits in (
            ("count", "[0-9]{1,9}"),
            ("total", r"[0-9]{1,16}(?:[.,][0-9]{0,3})?"),
            ("total_minor", "[0-9]{1,18}"),
        ):
            pattern = pattern.replace(re.escape(f"{{{name}}}"), f"(?P<{name}>{digits})", 1)
        return re.compile(pattern)


def load_answer(source: Path | Mapping[str, Any]) -> Answer:
    """Return the description of a bank's answers. Raises ValueError naming each wrong key."""
    values: Any = source
    if isinstance(source, Path):
        from ruamel.yaml import YAML  # noqa: PLC0415 - only for those who have such files

        values = YAML(typ="safe").load(source.read_text(encoding="utf-8"))
    return Answer.model_validate(
        {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
    )
