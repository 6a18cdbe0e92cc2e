"""XML from strangers: no document type, no entity, no network, bounded; names without their namespaces."""

import re
from collections.abc import Iterator

from lxml import etree

from engine.events.canonical import shown
from engine.intake.check import LONGEST_EVENT
from engine.intake.feeds.words import quoted

MOST_TAGS = 400_000
"""A large report has some ten thousand."""
_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")
_ENCODINGS = (b"utf-8", b"us-ascii", b"ascii", b"iso-8859-1", b"iso-8859-15", b"windows-1252")


class XmlError(ValueError):
    """XML that is not read; says the remedy."""


def parse(data: bytes) -> etree._Element:
    """The root of a document; XmlError where it is none or asks for more than reading it."""
    data = data.removeprefix(b"\xef\xbb\xbf").strip()
    if len(data) > LONGEST_EVENT:
        raise XmlError(f"{len(data)} bytes: a document has at most {LONGEST_EVENT}")
    if not data.startswith(b"<") or b"\0" in data:
        raise XmlError("no XML in UTF-8 or ISO-8859-1: send it so")
    declared = _ENCODING.match(data)
    if declared and declared[1].lower() not in _ENCODINGS:
        raise XmlError(f"the encoding {shown(declared[1].decode())} is not read here: send UTF-8")
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise XmlError("a document type or entities: a report needs none, send it without")
    if data.count(b"<") > MOST_TAGS:
        raise XmlError(f"over {MOST_TAGS:,} tags: no report has so many")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False,
        remove_comments=True, remove_pis=True, recover=False,
    )  # fmt: skip
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise XmlError(f"no well-formed XML ({shown(str(error))}): send it whole") from None


def name(element: etree._Element) -> str:
    """The name of an element without its namespace; empty for what is none."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def children(element: etree._Element, *path: str) -> list[etree._Element]:
    """The elements at the end of a path of names below an element."""
    found = [element]
    for step in path:
        found = [child for each in found for child in each if name(child) == step]
    return found


def child(element: etree._Element, *path: str) -> etree._Element | None:
    """The first element at the end of a path; None where there is none."""
    return next(iter(children(element, *path)), None)


def inside(element: etree._Element, wanted: str) -> Iterator[etree._Element]:
    """Every element of a name within another, in the document's order."""
    return (each for each in element.iter() if name(each) == wanted)


def attribute(element: etree._Element | None, wanted: str) -> str:
    """An attribute without blanks around it; empty where it, or the element, is not there."""
    return "" if element is None else str(element.get(wanted) or "").strip()


def is_unknown(identifier: etree._Element) -> bool:
    """Whether an identifier is said not to be known: its root alone, and a null flavour."""
    return bool(attribute(identifier, "nullFlavor")) and not attribute(identifier, "extension")


def is_true(element: etree._Element, wanted: str) -> bool:
    """Whether an attribute says yes; absent it says no. ValueError where it is no xsd:boolean."""
    said = attribute(element, wanted)
    if said not in ("", "true", "1", "false", "0"):
        raise ValueError(f"{wanted} {quoted(said)} is neither yes nor no: send true or false")
    return said in ("true", "1")


def xsi_type(element: etree._Element) -> str:
    """The type an element says it has, without its prefix."""
    return attribute(element, "{http://www.w3.org/2001/XMLSchema-instance}type").rpartition(":")[2]
