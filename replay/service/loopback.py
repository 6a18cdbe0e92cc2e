"""Which addresses and names are this machine's own."""

import re
from ipaddress import ip_address

LOOPBACK = ("127.0.0.1", "::1", "localhost")
"""What an open service may listen on, and where keys may be fetched from without encryption."""
_HOST = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+))(?::[0-9]{1,5})?")


def is_loopback(host: str) -> bool:
    """Whether a Host header names this machine's loopback."""
    found = _HOST.fullmatch(host)
    if found is None:
        return False
    try:
        return ip_address(found[1] or found[2]).is_loopback
    except ValueError:
        return (found[2] or "").lower().rstrip(".") == "localhost"
