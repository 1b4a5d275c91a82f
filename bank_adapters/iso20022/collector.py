"""The exact extractor: expat, element by element, refusing what a payment message never has.

It keeps records for the few elements that enclose units (header, group, statement, balances) and
columns for the units themselves and what hangs on them. Runs of units that the bulk extractor
reads are left out of what it is fed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from xml.parsers import expat

from bank_adapters.iso20022.families import FAMILIES, family_of_message
from bank_adapters.iso20022.namespaces import format_of_namespace, other_message
from bank_adapters.iso20022.paths import Node, Standing, grow
from bank_adapters.iso20022.raw import Block, Gathered, Record
from bank_adapters.iso20022.strict import TEXT_MAX
from bank_adapters.limits import ANY_ENVELOPE, ANY_MESSAGE, MISSING_NAMESPACE, ReadLimits
from bank_adapters.refusals import RefusalCode, RefusedFile

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from bank_adapters.iso20022.family import Family

__all__ = ["Collector"]

_XSI: Final = "http://www.w3.org/2001/XMLSchema-instance"
_KNOWN_ENVELOPES: Final = frozenset({"urn:swift:xsd:envelope"})
_ENDED: Final = frozenset({"message", "file", "group", "statement"})
_UNDEFINED_ENTITY: Final = expat.errors.codes[expat.errors.XML_ERROR_UNDEFINED_ENTITY]
_ENCODINGS: Final = frozenset({"UTF-8", "US-ASCII", "ASCII"})


class Collector:
    """Reads one document; hands on records that ended and units, in the order they stood."""

    def __init__(
        self,
        name: str,
        limits: ReadLimits,
        deliver: Callable[[Block], None],
        *,
        first_byte: int = 0,
    ) -> None:
        self.family: Family | None = None
        self.format = ""
        self.namespace = ""
        self.dialects: set[str] = set()
        self.is_unread = False
        """The message is recognised, but of a kind that tells nothing of our payments."""
        self._name = name
        self._limits = limits
        self._deliver = deliver
        self._first_byte = first_byte
        self._prefixes: dict[str | None, str] = {}
        self._depth = 0
        self._skipped = 0  # levels inside an element that is not read
        self._node: Node | None = None
        self._stack: list[Node] = []
        self._records: list[Record] = []
        self._text: list[str] | None = None
        self._document_depth = 0
        self._holders = 0
        self._gathered: Gathered | None = None
        self._parser = expat.ParserCreate("UTF-8", " ")
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.EntityDeclHandler = self._doctype
        self._parser.XmlDeclHandler = self._declared
        self._parser.StartNamespaceDeclHandler = self._namespace_declared
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters

    def skip(self, size: int) -> None:
        """Count bytes that somebody else reads: complete elements, so that the rest still fits."""
        self._first_byte += size

    def feed(self, block: bytes | memoryview, *, final: bool = False) -> None:
        """Read on. Raises RefusedFile."""
        try:
            self._parser.Parse(block, final)
        except expat.ExpatError as error:
            is_entity = error.code == _UNDEFINED_ENTITY
            code = RefusalCode.DOCTYPE if is_entity else RefusalCode.NOT_WELL_FORMED
            raise self._refusal(code) from None
        if final and self._document_depth == 0:
            raise self._refusal(RefusalCode.NAMESPACE)

    @property
    def standing(self) -> Standing:
        """Where the next element would start."""
        if self._skipped or self._node is None:
            return Standing.ELSEWHERE
        return self._node.standing

    @property
    def is_plain(self) -> bool:
        """Whether the message stands in the default namespace, beside no prefix but xsi."""
        others = {uri for prefix, uri in self._prefixes.items() if prefix is not None}
        return (
            bool(self.namespace) and self._prefixes.get(None) == self.namespace and others <= {_XSI}
        )

    @property
    def declarations(self) -> str:
        """The namespaces of a plain message, as its Document would declare them."""
        xsi = [prefix for prefix, uri in self._prefixes.items() if prefix and uri == _XSI]
        return " ".join([f'xmlns="{self.namespace}"', *(f'xmlns:{p}="{_XSI}"' for p in xsi)])

    @property
    def holder(self) -> Record:
        """The element in which units stand here, as far as it is known."""
        assert self.family is not None  # noqa: S101 - asked only where units stand
        return next(r for r in reversed(self._records) if r.name == self.family.holder)

    @property
    def has_open_unit(self) -> bool:
        """Whether a unit has started and not ended."""
        return any(record.name == "unit" for record in self._records)

    def flush(self) -> None:
        """Hand on what was read so far."""
        block = self._gathered.block() if self._gathered is not None else None
        if block is not None:
            self._deliver(block)

    def add_rows(self, rows: pa.Table) -> None:
        """Take rows of the open unit that the bulk extractor read."""
        assert self._gathered is not None  # noqa: S101 - rows come only where a unit is open
        self._gathered.add_rows(rows)

    def _refusal(self, code: RefusalCode) -> RefusedFile:
        byte = self._first_byte + max(self._parser.CurrentByteIndex, 0)
        return RefusedFile(code, name=self._name, place=f"byte {byte}")

    def _doctype(self, *_: object) -> None:
        raise self._refusal(RefusalCode.DOCTYPE)

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.upper() not in _ENCODINGS:
            raise self._refusal(RefusalCode.ENCODING)

    def _namespace_declared(self, prefix: str | None, uri: str | None) -> None:
        self._prefixes[prefix] = uri or ""

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > self._limits.depth_max:
            raise self._refusal(RefusalCode.TOO_DEEP)
        if self._skipped:
            self._skipped += 1
            return
        if self._node is None:
            self._start_outside(name)
            return
        child = self._node.children.get(name)
        if self._depth == self._document_depth + 1:
            self._start_message(name, child)
        if child is None:
            self._skipped = 1
            return
        self._stack.append(self._node)
        self._node = child
        if child.scope is not None:
            self._open(child.scope)
        if child.column is not None:
            self._text = []
        for attribute, column in child.attributes.items():
            if attribute in attributes:
                self._set(column, attributes[attribute])

    def _end(self, _name: str) -> None:
        self._depth -= 1
        if self._skipped:
            self._skipped -= 1
            return
        node = self._node
        if node is None:
            return
        if node.column is not None:
            self._set(node.column, "".join(self._text or ()))
            self._text = None
        if node.scope is not None:
            self._close(self._records.pop())
        self._node = self._stack.pop() if self._stack else None

    def _characters(self, text: str) -> None:
        if self._text is not None and not self._skipped:
            self._text.append(text)

    def _set(self, column: str, text: str) -> None:
        if not text.strip():
            return  # an empty element says nothing, and so stands beside one that does
        columns = self._records[-1].columns
        if column in columns:
            raise self._refusal(RefusalCode.REPEATED)
        if len(text) > TEXT_MAX:
            raise self._refusal(RefusalCode.TOO_LARGE)
        columns[column] = text

    def _start_outside(self, name: str) -> None:
        """Meet an element above or beside the message: an envelope, its header, or Document."""
        namespace, _, local = name.rpartition(" ")
        is_root = self._depth == 1
        if local == "Document" and self._is_message_namespace(namespace):
            self._start_document(namespace)
        elif local == "Document" and self._is_other_message(namespace):
            self._start_unread(namespace)
        elif is_root and local == "Document":
            raise self._refusal(RefusalCode.NAMESPACE)
        elif is_root and namespace not in _KNOWN_ENVELOPES:
            if ANY_ENVELOPE not in self._limits.dialects:
                raise self._refusal(RefusalCode.ENVELOPE)
            self.dialects.add(ANY_ENVELOPE)

    def _is_message_namespace(self, namespace: str) -> bool:
        if namespace == "":
            return MISSING_NAMESPACE in self._limits.dialects
        return format_of_namespace(namespace) is not None

    def _is_other_message(self, namespace: str) -> bool:
        return ANY_MESSAGE in self._limits.dialects and other_message(namespace) is not None

    def _start_unread(self, namespace: str) -> None:
        """Meet a Document whose message is not read: it must be well-formed, no more."""
        if self._document_depth:
            raise self._refusal(RefusalCode.TWO_DOCUMENTS)
        self._document_depth = self._depth
        self.format = other_message(namespace) or ""
        self.is_unread = True
        self.dialects.add(ANY_MESSAGE)

    def _start_document(self, namespace: str) -> None:
        if self._document_depth:
            raise self._refusal(RefusalCode.TWO_DOCUMENTS)
        self._document_depth = self._depth
        self.namespace = namespace
        self.format = format_of_namespace(namespace) or ""
        families = [FAMILIES[self.format[:8]]] if self.format else list(FAMILIES.values())
        if not self.format:
            self.dialects.add(MISSING_NAMESPACE)
        root = Node()
        for family in families:
            grow(root, family.root, family, namespace)
        self._node = root

    def _start_message(self, name: str, child: Node | None) -> None:
        """Check the one element below Document: it is the message, and there is one."""
        family = family_of_message(name.rpartition(" ")[2])
        if child is None or family is None or self.family is not None:
            raise self._refusal(RefusalCode.MESSAGE)
        self.family = family
        self.format = self.format or family.name
        self._gathered = Gathered(family)

    def _open(self, scope: str) -> None:
        record = Record(scope)
        if self.family is not None and scope == self.family.holder:
            self._holders += 1
            record.number = self._holders
        self._records.append(record)

    def _close(self, record: Record) -> None:
        assert self._gathered is not None  # noqa: S101 - records open below the message only
        parent = self._records[-1] if self._records else None
        if record.name == "unit":
            self._gathered.add_unit(record.columns, self.holder)
        elif parent is not None and parent.name == "unit":
            if record.columns or record.name == "detail":  # a payment counts, even an empty one
                self._gathered.add_row(record.columns)
        elif record.name in _ENDED:
            self._gathered.add_ended(record)
        elif parent is not None:
            parent.children.append(record)
        if self._gathered.is_full or record.name in ("file", "message"):
            self.flush()
