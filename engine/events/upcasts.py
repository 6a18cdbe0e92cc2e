"""Upcasts: how a form stored long ago is read as today's. The stored bytes never change.

A function for each old type, from its stored attributes to those of the next one, registered by the old
type's name. Reading follows the chain until the type is current.
"""

from collections.abc import Callable
from typing import Any

import orjson

Attributes = dict[str, Any]
UPCASTS: dict[str, Callable[[Attributes], Attributes]] = {}


def upcast_from(old_type: str) -> Callable[[Callable[[Attributes], Attributes]], Callable[[Attributes], Attributes]]:
    """Register the function that reads ``old_type`` as the form after it."""

    def register(function: Callable[[Attributes], Attributes]) -> Callable[[Attributes], Attributes]:
        UPCASTS[old_type] = function
        return function

    return register


def read_stored(state: bytes) -> Attributes:
    """The attributes of stored bytes, in today's form."""
    attributes: Attributes = orjson.loads(state)
    while (upcast := UPCASTS.get(attributes["type"])) is not None:
        attributes = upcast(attributes)
    return attributes
