"""pyiso20022's objects from nested values, whatever number a version gave their classes.

CreditTransferTransactionInformation10 in one version is CreditTransferTransaction34 in another; the
names of their fields hardly change. So the shape of a message is written once, as a mapping, and
each class is found by the type of the field it fills.
"""

from __future__ import annotations

import dataclasses
import typing
from enum import Enum
from functools import cache
from importlib import import_module
from types import UnionType
from typing import TYPE_CHECKING, Any

from xsdata.formats.dataclass.serializers import XmlSerializer
from xsdata.formats.dataclass.serializers.writers import XmlEventWriter

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["built", "document_class", "element_class", "rendered"]


@cache
def document_class(format_name: str) -> type[Any]:
    """Return the Document class of a message, 'pain.001.001.03' for one."""
    area, *_ = format_name.split(".")
    module = import_module(f"pyiso20022.{area}.{format_name.replace('.', '_')}")
    found: type[Any] = module.Document
    return found


def rendered(format_name: str, document: Mapping[str, Any]) -> str:
    """Return a whole message as xsdata writes it, without prefixes."""
    namespace = f"urn:iso:std:iso:20022:tech:xsd:{format_name}"
    made = built(document_class(format_name), document)
    return _serializer().render(made, ns_map={None: namespace})


def element_class(format_name: str, *path: str) -> Any:
    """Return the class of the element that stands at a path of fields below Document."""
    found: Any = document_class(format_name)
    for name in path:
        found, _ = _field_type(found, name)
    return found


def built(kind: Any, values: Mapping[str, Any]) -> Any:
    """Return an object of ``kind`` with its fields filled; those whose value is None are left out.

    A single value stands for a list of one where the version has a list. A mapping with one key
    stands for its value where the version has a plain type ({'dt': day} for a date). Raises
    TypeError for a field that the version does not have.
    """
    made = {}
    for name, value in values.items():
        if value is None:
            continue
        inner, is_list = _field_type(kind, name)
        many = value if isinstance(value, list) else [value]
        objects = [_filled(inner, one) for one in many]
        made[name] = objects if is_list else objects[0]
    return kind(**made)


def _filled(kind: Any, value: Any) -> Any:
    if dataclasses.is_dataclass(kind):
        return built(kind, value) if isinstance(value, dict) else value
    if isinstance(value, dict):
        (value,) = value.values()
    return kind(value) if issubclass(kind, Enum) else value


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


@cache
def _field_type(kind: Any, name: str) -> tuple[Any, bool]:
    hint = _hints(kind).get(name)
    if hint is None:
        raise TypeError(f"{kind.__name__} has no field {name}.")
    if typing.get_origin(hint) is list:
        return typing.get_args(hint)[0], True
    if typing.get_origin(hint) in {typing.Union, UnionType}:
        (hint,) = (one for one in typing.get_args(hint) if one is not type(None))
    return hint, False


@cache
def _serializer() -> XmlSerializer:
    """Return the one serialiser: what it learns of the classes takes a tenth of a second."""
    return XmlSerializer(writer=XmlEventWriter)
