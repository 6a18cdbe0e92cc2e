"""The formats of feeds, and how bytes are told to be of one; nothing here reads a message, so that asking is cheap."""

FHIR, HL7V2 = "fhir", "hl7v2"
FORMATS = (FHIR, HL7V2)
_BOM = b"\xef\xbb\xbf"


def format_of(raw: bytes) -> str | None:
    """The feed that bytes came by, as they begin; None where they are no message of one."""
    begin = raw[:4096].removeprefix(_BOM).lstrip(b" \t\r\n\x0b\x1c").removeprefix(_BOM)
    if begin.startswith((b"MSH", b"FHS", b"BHS")):
        return HL7V2
    return FHIR if begin.startswith(b"{") and b'"resourceType"' in raw else None
