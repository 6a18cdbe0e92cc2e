"""Requests whose bytes are the trouble: methods, heads, lengths, hosts and origins, to an open service."""

from tests.faults.hostile_wire import BASE, Hostile, get, head, post
from tests.replay.service.served import EVENT

CLOSE = "Connection: close"
NO_HTTP, LIST = "RFC 9112", f"{BASE}/list"
_LINE = f"GET {BASE}/health HTTP/1.1\r\n".encode()
_HOST = b"Host: $HOST\r\n"
_REST = b"Connection: close\r\n\r\n"


def raw(*parts: bytes) -> bytes:
    """A sound head with other lines between its first and its last."""
    return b"".join((_LINE, _HOST, *parts, _REST))


METHODS = [
    Hostile(f"{method} {path}", get(path, method=method), 405, "" if method == "HEAD" else "takes")
    for method in ("HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "PATCH", "CONNECT", "PROPFIND", "get", "GETT",
        "X" * 3000)
    for path in ("/list", "/events/1")
] + [
    Hostile("DELETE of events", get("/events", method="DELETE"), 405, "POST"),
    Hostile("POST to a list", post("/list", EVENT, "{}"), 405, "GET"),
    Hostile("GET of a resend", get("/quarantine/1/resend"), 405, "POST"),
    Hostile("a method in a header", get("/quarantine/1/resend", "X-HTTP-Method-Override: POST"), 405, "POST"),
    Hostile("PRI of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "HTTP/1.1"),
    Hostile("HTTP/2.0", b"GET /api/v1/health HTTP/2.0\r\nHost: $HOST\r\n\r\n", 400, "HTTP/1.1"),
    Hostile("HTTP/0.9 with a head", b"GET /api/v1/health HTTP/0.9\r\nHost: $HOST\r\n\r\n", 400, "HTTP/1.1"),
    Hostile("OPTIONS of all", head("OPTIONS", "*", CLOSE), 404, "no path"),
    Hostile("CONNECT elsewhere", head("CONNECT", "example.org:443", CLOSE), 404, "no path"),
    Hostile("an address as the target", head("GET", "http://example.org/api/v1/list", CLOSE), 404, "no path"),
    Hostile("a scheme nobody knows", head("GET", "gopher://$HOST/api/v1/list", CLOSE), 404, "no path"),
    Hostile("a target without a slash", head("GET", "api/v1/list", CLOSE), 404, "no path"),
    Hostile("a fragment", head("GET", f"{LIST}#x", CLOSE), 404, "no path"),
]  # fmt: skip

HEADS = [
    Hostile(name, sent, 400, NO_HTTP)
    for name, sent in {
        "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(60) + b"\r\n\r\n",
        "SSH": b"SSH-2.0-OpenSSH_9.9\r\n\r\n",
        "SMTP": b"EHLO example.org\r\n\r\n", "blank lines": b"\r\n\r\n" + raw(b""), "zeros": bytes(40) + b"\r\n\r\n",
        "HTTP/0.9": b"GET /api/v1/health\r\n\r\n",
        "HTTP/1.10": b"GET /api/v1/health HTTP/1.10\r\nHost: $HOST\r\n\r\n",
        "http/1.1": b"GET /api/v1/health http/1.1\r\nHost: $HOST\r\n\r\n",
        "no version": b"GET /api/v1/health HTTP/\r\nHost: $HOST\r\n\r\n",
        "two blanks": b"GET  /api/v1/health HTTP/1.1\r\nHost: $HOST\r\n\r\n",
        "a tab": b"GET\t/api/v1/health\tHTTP/1.1\r\nHost: $HOST\r\n\r\n",
        "a blank in the path": b"GET /api/v1/he alth HTTP/1.1\r\nHost: $HOST\r\n\r\n",
        "a NUL in the path": b"GET /api/v1/\x00 HTTP/1.1\r\nHost: $HOST\r\n\r\n",
        "bytes in the path": b"GET /api/v1/\xff HTTP/1.1\r\nHost: $HOST\r\n\r\n", "no host": _LINE + _REST,
        "two hosts": raw(b"Host: localhost\r\n"), "a blank before the colon": raw(b"X-A : 1\r\n"),
        "a blank in a name": raw(b"X A: 1\r\n"),
        "a name of nothing": raw(b": 1\r\n"), "a line without a colon": raw(b"X-A\r\n"),
        "a NUL in a value": raw(b"X-A: 1\x002\r\n"),
        "a CR in a value": raw(b"X-A: 1\r2\r\n"), "a bell in a name": raw(b"X\x07A: 1\r\n"),
        "a folded first line": _LINE + b" X-A: 1\r\n" + _HOST + _REST,
        "two lengths": raw(b"Content-Length: 1\r\nContent-Length: 2\r\n") + b"{}",
        "lengths in one": raw(b"Content-Length: 1, 2\r\n") + b"{}",
        "a length below nothing": raw(b"Content-Length: -1\r\n"),
        "a length with a sign": raw(b"Content-Length: +2\r\n") + b"{}",
        "a length in hex": raw(b"Content-Length: 0x2\r\n") + b"{}",
        "a length of letters": raw(b"Content-Length: two\r\n"),
        "a length of a hundred digits": raw(b"Content-Length: " + b"9" * 100 + b"\r\n"),
        "an empty length": raw(b"Content-Length: \r\n"),
        "an unknown coding": raw(b"Transfer-Encoding: xchunked\r\n"),
        "gzip as a coding": raw(b"Transfer-Encoding: gzip, chunked\r\n"),
        "identity as a coding": raw(b"Transfer-Encoding: identity\r\n"),
        "chunked twice": raw(b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
        "chunked in one twice": raw(b"Transfer-Encoding: chunked, chunked\r\n"),
        "chunked with a tab": raw(b"Transfer-Encoding: \x0bchunked\r\n"),
        "a head without end": _LINE + _HOST + b"X-A: " + b"a" * 200_000,
        "headers without end": _LINE + _HOST + b"X-A: 1\r\n" * 20_000,
        "a path without end": b"GET /api/v1/" + b"a" * 200_000,
    }.items()
]  # fmt: skip


def chunks(*parts: bytes) -> bytes:
    """A single event in chunks as they are given."""
    return head("POST", f"{BASE}/events", CLOSE, f"Content-Type: {EVENT}", "Transfer-Encoding: chunked") + b"".join(
        parts
    )


_INNER = head("GET", LIST)
SMUGGLED = [
    Hostile("length and chunks",
        head("POST", f"{BASE}/events", f"Content-Type: {EVENT}", "Content-Length: 4",
        "Transfer-Encoding: chunked") + b"0\r\n\r\n" + _INNER, 400, "two lengths"),
    Hostile("chunks and length",
        head("POST", f"{BASE}/events", f"Content-Type: {EVENT}", "Transfer-Encoding: chunked",
        "Content-Length: 999") + b"0\r\n\r\n" + _INNER, 400, "two lengths"),
    Hostile("a length beside chunks on a read",
        head("GET", f"{BASE}/health", "Content-Length: 4", "Transfer-Encoding: chunked") + b"0\r\n\r\n" + _INNER, 400,
        "two lengths"),
    Hostile("a coding folded",
        head("POST", f"{BASE}/events", f"Content-Type: {EVENT}", "Transfer-Encoding:\r\n chunked",
        "Content-Length: 4") + b"0\r\n\r\n" + _INNER, 400),
    Hostile("a chunk of no size", chunks(b"\r\n{}\r\n0\r\n\r\n"), 400, NO_HTTP),
    Hostile("a chunk with a sign", chunks(b"-2\r\n{}\r\n0\r\n\r\n"), 400, NO_HTTP),
    Hostile("a chunk in 0x", chunks(b"0x2\r\n{}\r\n0\r\n\r\n"), 400, NO_HTTP),
    Hostile("a chunk of 2^80", chunks(b"1" + b"0" * 20 + b"\r\n{}\r\n0\r\n\r\n"), 400, NO_HTTP),
    Hostile("a chunk longer than it says", chunks(b"1\r\n{}\r\n0\r\n\r\n"), 400, NO_HTTP),
    Hostile("a chunk with a line of its own", chunks(b"2;x=\n\r\n{}\r\n0\r\n\r\n"), 400, NO_HTTP),
    Hostile("a chunk extension without end", chunks(b"2;" + b"x" * 200_000), 400, NO_HTTP),
    Hostile("trailers that are none", chunks(b"2\r\n{}\r\n0\r\nbad trailer\r\n\r\n"), 400, NO_HTTP),
    Hostile("trailers with a length", chunks(b"2\r\n{}\r\n0\r\nContent-Length: 5\r\n\r\n"), 422),
    Hostile("one byte a chunk", chunks(*(b"1\r\n \r\n" for _ in range(2000)), b"0\r\n\r\n"), 422),
    Hostile("a length of 100 MB",
        head("POST", f"{BASE}/events", CLOSE, f"Content-Type: {EVENT}", "Content-Length: 104857600"), 413, "more than"),
    Hostile("a length of 10^18",
        head("POST", f"{BASE}/offers", CLOSE, "Content-Type: application/json", "Content-Length: 1" + "0" * 18), 413,
        "more than"),
]  # fmt: skip

HOSTS = [
    Hostile(f"host {host[:40]!r}", head("GET", LIST, CLOSE, host=host), 403, "Host")
    for host in (
        "example.org", "localhost.example.org", "127.0.0.1.example.org", "10.0.0.1", "0.0.0.0", "[::]",
        "169.254.169.254",
        "localhost@example.org", "example.org#localhost", "2130706433", "0x7f.1", "127.1", "127.0.0.1:99999999", "[::1",
        "::1",
        "", "localhost:8420:80", "localhost/", "local host", "\u04cfocalhost".encode().decode("latin-1"), "a" * 3000,
    )
] + [
    Hostile(f"origin {origin[:40]!r}", head("GET", LIST, CLOSE, f"Origin: {origin}"), 403, "Origin")
    for origin in (
        "http://example.org", "null", "http://localhost", "https://$HOST", "http://$HOST.example.org", "http://$HOST/",
        "",
        "file://", "http://$HOST, http://example.org", "HTTP://$HOST", "http://user@$HOST", "chrome-extension://abc",
    )
] + [
    Hostile("origin twice", head("GET", LIST, CLOSE, "Origin: http://$HOST", "Origin: http://example.org"), 403,
        "Origin"),
    Hostile("origin twice, the foreign first",
        head("GET", LIST, CLOSE, "Origin: http://example.org", "Origin: http://$HOST"), 403, "Origin"),
    Hostile("a foreign origin that writes", post("/events", EVENT, "{}", "Origin: http://example.org"), 403, "Origin"),
    Hostile("a foreign host without a token's need", head("GET", f"{BASE}/health", CLOSE, host="example.org"), 403,
        "Host"),
    Hostile("a preflight",
        head("OPTIONS", f"{BASE}/events", CLOSE, "Origin: http://example.org", "Access-Control-Request-Method: POST"),
        403, "Origin"),
    Hostile("a host of old HTTP", b"GET /api/v1/list HTTP/1.0\r\nHost: example.org\r\n\r\n", 403, "Host"),
    Hostile("no host of old HTTP", b"GET /api/v1/list HTTP/1.0\r\n\r\n", 403, "Host"),
]  # fmt: skip

HARMLESS = [
    Hostile("HTTP/1.0", b"GET /api/v1/health HTTP/1.0\r\nHost: $HOST\r\n\r\n", 200, "ok"),
    Hostile("bare LF", raw(b"").replace(b"\r\n", b"\n"), 200, "ok"),
    Hostile("a folded header", raw(b"X-A: 1\r\n 2\r\n"), 200, "ok"),
    Hostile("an upgrade", raw(b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"), 200, "ok"),
    Hostile("a websocket",
        raw(b"Upgrade: websocket\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"), 200,
        "ok"),
    Hostile("another's address",
        raw(b"Forwarded: for=1.2.3.4;host=example.org\r\nX-Forwarded-Host: example.org\r\n"), 200, "ok"),
    Hostile("another path in a header", get("/health", "X-Original-URL: /api/v1/list", "X-Rewrite-URL: /api/v1/list"),
        200, "ok"),
    Hostile("a request id of lines", raw(b"X-Request-Id: a b c\r\n"), 200, "ok"),
    Hostile("bytes in a value", raw(b"X-A: \xff\xfe\r\n"), 200, "ok"),
    Hostile("a body on a read", head("GET", f"{BASE}/health", CLOSE, "Content-Length: 5") + b"hello", 200, "ok"),
    Hostile("a body on a read that never comes", head("GET", f"{BASE}/health", CLOSE, "Content-Length: 5"), 200, "ok"),
    Hostile("own origin", head("GET", f"{BASE}/health", CLOSE, "Origin: http://$HOST"), 200, "ok"),
    Hostile("a range", raw(b"Range: bytes=0-1\r\n"), 200, '{'),
    Hostile("what cannot be accepted", raw(b"Accept: text/xml\r\nAccept-Encoding: br\r\n"), 200, "ok"),
    Hostile("an expectation", post("/events", EVENT, "{}", "Expect: 100-continue"), 422),
    Hostile("an expectation of too much",
        head("POST", f"{BASE}/events", CLOSE, f"Content-Type: {EVENT}", "Content-Length: 104857600",
        "Expect: 100-continue"), 413),
    Hostile("an expectation of the wrong type",
        head("POST", f"{BASE}/events", CLOSE, "Content-Type: text/plain", "Content-Length: 9", "Expect: 100-continue"),
        415),
    Hostile("another expectation", post("/events", EVENT, "{}", "Expect: 200-ok"), 422),
]  # fmt: skip

REQUESTS = [*METHODS, *HEADS, *SMUGGLED, *HOSTS, *HARMLESS]
