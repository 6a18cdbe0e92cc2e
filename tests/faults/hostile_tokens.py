"""Requests to a service that takes tokens: those that count for nothing, and those that count but not for this."""

import base64
import hashlib
import hmac
import json
import time
from functools import cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from replay.service.tokens import LONGEST_TOKEN, Pinned
from tests.faults.hostile_wire import Hostile, get, head, post
from tests.replay.service.guarded import ANOTHER, CENTRE, ELSEWHERE, MINE, OTHERS, OWN, POSITIONS, Guarded, event, lab
from tests.replay.service.keys import PUBLIC_PEM, SIGNING, Private, private_pem, public_pem
from tests.replay.service.served import BATCH, EVENT, NDJSON

KINDS: Any = {ed25519.Ed25519PrivateKey: OKPKey, rsa.RSAPrivateKey: RSAKey, ec.EllipticCurvePrivateKey: ECKey}
STRANGER, STRANGE_EC = ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1())
ALG_TWICE = b'{"alg":"EdDSA","alg":"none"}'


def claims(**changed: Any) -> dict[str, Any]:
    """The claims of an auditor's good token but for some; None leaves one out."""
    now = int(time.time())
    sound = {
        "iss": "https://login.example.org", "aud": "snagc", "sub": "K7", "iat": now, "exp": now + 600,
        "scope": "auditor", "sources": [MINE], "centres": [CENTRE],
    }  # fmt: skip
    return {name: value for name, value in {**sound, **changed}.items() if value is not None}


def signed(content: object, header: dict[str, Any] | None = None, key: Private = SIGNING) -> str:
    """A token that is truly signed, by the issuer's key or another."""
    header = header or {"alg": "EdDSA", "typ": "JWT"}
    kind = next(found for private, found in KINDS.items() if isinstance(key, private))
    payload = content if isinstance(content, bytes) else json.dumps(content).encode()
    return jws.serialize_compact(header, payload, kind.import_key(private_pem(key)), registry=Pinned([header["alg"]]))


def encoded(content: object) -> str:
    """Base64 as a JWT has it."""
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def by_hand(header: dict[str, Any], signature: bytes | None = None, secret: bytes | None = None) -> str:
    """A token that no library would sign: with any header, and a signature, an HMAC, or the issuer's own."""
    text = f"{encoded(header)}.{encoded(claims())}"
    if signature is None:
        signature = hmac.digest(secret, text.encode(), hashlib.sha256) if secret else SIGNING.sign(text.encode())
    return f"{text}.{encoded(signature)}"


@cache
def worthless() -> dict[str, str]:
    """Tokens that count for nothing, by name."""
    by_claims = {
        name: signed(claims(**changed)) for name, changed in claims_that_do_not_count(int(time.time())).items()
    }
    return {**by_header(), **changed_afterwards(), **by_claims}


def by_header() -> dict[str, str]:
    """Tokens of another algorithm or key than the issuer's, or with more in their header than may be."""
    _, second, third = signed(claims()).split(".")
    public = OKPKey.import_key(public_pem(STRANGER)).as_dict(private=False)
    return {
        **{f"alg {name}": by_hand({"alg": name, "typ": "JWT"}, b"") for name in ("none", "None", "NONE", "nOnE", "")},
        "alg none, signed": by_hand({"alg": "none"}), "no alg": by_hand({"typ": "JWT"}),
        "alg a list": by_hand({"alg": ["EdDSA"]}),
        "alg null": by_hand({"alg": None}), "no signature": by_hand({"alg": "EdDSA"}, b""),
        **{f"{name} by the public key": by_hand({"alg": name}, secret=PUBLIC_PEM) for name in ("HS256", "HS384",
            "EdDSA", "RS256", "ES256")},
        "HS256 by the public key's last line": by_hand({"alg": "HS256"}, secret=PUBLIC_PEM.strip()),
        "an empty secret": by_hand({"alg": "HS256"}, hmac.digest(b"", b"", hashlib.sha256)),
        "a stranger's key": signed(claims(), key=STRANGER),
        "a stranger's RSA": signed(claims(), {"alg": "RS256"}, rsa.generate_private_key(65537, 2048)),
        "a stranger's EC": signed(claims(), {"alg": "ES256"}, STRANGE_EC),
        "a key brought along": signed(claims(), {"alg": "EdDSA", "jwk": public}, STRANGER),
        "a key elsewhere": signed(claims(),
            {"alg": "EdDSA", "jku": "http://127.0.0.1:1/", "x5u": "http://127.0.0.1:1/"}, STRANGER),
        "a certificate brought along": signed(claims(), {"alg": "EdDSA", "x5c": ["AAAA"]}, STRANGER),
        "a kid that is a path": signed(claims(), {"alg": "EdDSA", "kid": "../../../dev/null"}, STRANGER),
        "a kid that is SQL": signed(claims(), {"alg": "EdDSA", "kid": "' UNION SELECT 'x"}, STRANGER),
        "a kid that is a number": by_hand({"alg": "EdDSA", "kid": 1}),
        "crit": by_hand({"alg": "EdDSA", "crit": ["exp"]}),
        "b64": by_hand({"alg": "EdDSA", "b64": False}), "nested": by_hand({"alg": "EdDSA", "cty": "JWT"}),
        "zip": by_hand({"alg": "EdDSA", "zip": "DEF"}),
        "an id token's typ": by_hand({"alg": "EdDSA", "typ": "dpop+jwt"}),
        "an alg twice": f"{encoded(ALG_TWICE)}.{second}.{third}",
    }  # fmt: skip


def changed_afterwards() -> dict[str, str]:
    """Tokens that are not what was signed, whose claims are no claims, or that are none at all."""
    sound = signed(claims())
    first, second, third = sound.split(".")
    return {
        "encrypted": f"{first}.a.b.c.d", "claims changed": f"{first}.{encoded(claims(scope='operator'))}.{third}",
        "header changed": f"{encoded({'alg': 'ES256'})}.{second}.{third}", "signature changed": sound[:-6] + "AAAAAA",
        "signature cut": sound[:-8], "signature longer": sound + "AAAA",
        "signature zero": f"{first}.{second}.{encoded(bytes(64))}",
        "halves of two": f"{first}.{second}.{signed(claims(sub='X')).split('.')[2]}", "padded": f"{sound}==",
        "a dot more": f"{sound}.",
        "claims twice": signed(json.dumps(claims()).encode()[:-1] + b', "sub": "x"}'), "claims an array": signed(b"[]"),
        "claims cut": signed(b"{"), "claims not UTF-8": signed(b'{"sub": "\xff"}'), "claims deep": signed(b"[" * 4000),
        "claims NaN": signed(json.dumps(claims(exp=float("nan"))).encode()),
        "huge": signed(claims(pad="x" * LONGEST_TOKEN)),
        "no JWT": "abc", "dots": "..", "no base64": "?.!.*",
        "NUL": "a%00.b.c", "a path": "../../x.y.z", "JSON": '{"payload":"","signatures":[]}',
        "a JWT in quotes": f'"{sound}"',
    }  # fmt: skip


def claims_that_do_not_count(now: int) -> dict[str, dict[str, Any]]:
    """What is wrong with the claims of a token that is truly signed."""
    return {
        "expired": {"exp": now - 61}, "expired long ago": {"exp": 1},
        "exp missing": {"exp": None},
        "exp a text": {"exp": str(now + 600)}, "exp negative": {"exp": -1},
        "exp true": {"exp": True},
        "exp without end": {"exp": 1e300}, "exp an array": {"exp": [now + 600]},
        "not yet": {"nbf": now + 120}, "nbf a text": {"nbf": "now"},
        "issued to come": {"iat": now + 120},
        "another issuer": {"iss": "https://login.example.com"},
        "iss with a slash": {"iss": "https://login.example.org/"},
        "iss missing": {"iss": None}, "iss an array": {"iss": ["https://login.example.org"]},
        "for another": {"aud": "other"}, "for nobody": {"aud": []},
        "aud missing": {"aud": None},
        "aud part of it": {"aud": "snag"}, "aud an object": {"aud": {"snagc": True}},
        "sub missing": {"sub": None}, "sub empty": {"sub": ""},
        "sub a number": {"sub": 7},
        "sub with a line": {"sub": "a\nb"}, "sub too long": {"sub": "x" * 256},
        "scope an array": {"scope": ["auditor"]}, "sources a text": {"sources": MINE},
        "centres an object": {"centres": {CENTRE: 1}},
    }  # fmt: skip


def good(running: Guarded) -> dict[str, str]:
    """Tokens that count, by the scope they have."""
    roles = ("producer", "expert", "coordinator", "team", "auditor", "operator")
    return {
        **{role: running.token(role) for role in roles},
        "nothing": running.token(), "strange": running.token("admin"), "all": running.token(*roles),
        "no source": running.token(*roles, sources=[]), "no centre": running.token("team", centres=[]),
        "other centre": running.token("team", centres=[ELSEWHERE], sources=[]),
        "large": signed(claims(scope="operator auditor " * 300)), "no words": signed(claims(scope="")),
        "upper": signed(claims(scope="AUDITOR")), "commas": signed(claims(scope="auditor,operator")),
        "tabs": signed(claims(scope="auditor\toperator")),
        "at+jwt": signed(claims(), {"alg": "EdDSA", "typ": "at+jwt"}),
    }  # fmt: skip


UNKNOWN = [
    Hostile(f"no token for {path}", get(path), 401, "token")
    for path in ("/list", "/offers", "/events", "/events/1", "/candidates/A1", "/access", "/checkpoint", "/quarantine",
        "/audit")
] + [
    Hostile("a token in the query", get("/list?access_token=${auditor}"), 401, "token"),
    Hostile("a token in a cookie", get("/list", "Cookie: session=${auditor}; access_token=${auditor}"), 401, "token"),
    Hostile("a token in a form", post("/events", "application/x-www-form-urlencoded", "access_token=${all}"), 401,
        "token"),
    Hostile("a token in another header",
        get("/list", "X-Access-Token: ${auditor}", "Proxy-Authorization: Bearer ${auditor}"), 401),
    *(Hostile(f"authorization {given!r}", get("/list", f"Authorization: {given}"), 401, "token") for given in (
        "", "Bearer", "Bearer ", "Basic YTpi", "Digest username=a", "Token ${auditor}", "${auditor}",
        "Bearer Bearer ${auditor}",
        "Bearer ${auditor} ${auditor}", "Bearer ${auditor}, Bearer ${auditor}", "Bearer=${auditor}",
        "Bearer\t${auditor}", "Negotiate AAAA",
        "Bearer \u00e9.\u00e9.\u00e9", "Bearer " + "a" * 9000 + ".b.c",
    )),
    Hostile("two tokens", get("/list", "Authorization: Bearer ${auditor}", "Authorization: Bearer ${team}"), 401,
        "one header"),
    Hostile("a token twice", get("/list", "Authorization: Bearer ${auditor}", "Authorization: Bearer ${auditor}"), 401,
        "one header"),
    *(Hostile(f"no token, {name}", sent, 401) for name, sent in {
        "a sound event": post("/events", EVENT, json.dumps(lab("A7", MINE))),
        "garbage": post("/events", EVENT, b"\xff" * 50),
        "a batch": post("/events", BATCH, json.dumps([lab("A7", MINE)])), "lines": post("/events", NDJSON, b"{}\n{}\n"),
        "an offer": post("/offers", "application/json", '{"offer": "O99", "donor": "D2"}'),
        "a resend": post("/quarantine/1/resend", None, ""),
    }.items()),
]  # fmt: skip

_READS = {
    "producer": ("/list", "/offers", "/offers/O1/match-run", "/candidates/A1", "/candidates/A1/course", "/events",
        "/audit",
                 "/acts", "/quality", "/sensitivity?offer=O1", "/access", "/worklists/score?centre=990000020",
                 "/offers/O1/dossier"),
    "expert": ("/list", "/offers", "/offers/O1/match-run", "/candidates/A1/course", "/events", "/audit", "/access",
        "/quality"),
    "coordinator": ("/audit", "/acts", "/sensitivity?offer=O1", "/quality", "/events", "/access"),
    "team": ("/audit", "/acts", "/sensitivity?offer=O1", "/events", "/access", "/quarantine"),
    "operator": ("/list", "/offers", "/candidates/A1", "/events", "/events/1", "/audit", "/access",
        "/offers/O1/candidates/A1/explanation"),
    "nothing": ("/list", "/checkpoint", "/quarantine", "/events/1"), "strange": ("/list", "/checkpoint"),
    "upper": ("/list", "/audit"), "commas": ("/audit",), "tabs": ("/audit",), "no words": ("/checkpoint",),
}  # fmt: skip
_AMEND = {"event": {"source": OTHERS, "id": f"lab-result.recorded-candidate/{OWN}"}, "reason": "r"}
_SENT: dict[str, tuple[str, dict[str, Any]]] = {
    "an auditor's result": ("auditor", lab("A7", MINE)), "a team's result": ("team", lab("A7", MINE)),
    "an operator's result": ("operator", lab("A7", MINE)), "an expert's result": ("expert", lab("A7", MINE)),
    "a coordinator's result": ("coordinator", lab("A7", MINE)),
    "a producer's grant": ("producer", event("expert-priority.granted", "candidate/A7", {"component": "XPCA"})),
    "a producer's donor": ("producer", event("donor.registered", "donor/D7", {})),
    "a producer's offer": ("producer", event("graft.offered", "offer/O7", {"donor": "D2"})),
    "an expert's request": ("expert", event("expert-priority.requested", "candidate/A7", {"component": "XPCA"})),
    "everybody's travel times": ("all",
        event("travel-times.published", "travel-times/v9", {"version": "v9", "rows": []})),
    "everybody's counter": ("all", event("offer-counter.initialised", "offer-counter", {"count": 0})),
    "everybody's run": ("all", event("match-run.recorded", "offer/O2", {})),
    "another's source": ("producer", lab("A7", OTHERS)), "no source at all": ("no source", lab("A7", MINE)),
    "a source with a slash more": ("producer", lab("A7", f"{MINE}/")),
    "a source in capitals": ("producer", lab("A7", MINE.upper())),
    "another's name": ("producer", {**lab("A7", MINE), "actor": "producer:K8"}), "a correction of another's": (
        "producer", event("event.corrected", f"candidate/{OWN}", {**_AMEND, "data": {"value": "7"}})),
    "a retraction of another's": ("all", event("event.retracted", f"candidate/{OWN}", _AMEND)),
}  # fmt: skip
REFUSED = [
    Hostile(f"{role} reads {path}", get(path, token=role), 403, "scope") for role,
    paths in _READS.items() for path in paths
] + [
    Hostile(name, post("/events", EVENT, json.dumps(sent), token=role), 403) for name, (role, sent) in _SENT.items()
] + [
    Hostile(f"{role} offers", post("/offers", "application/json", '{"offer": "O99", "donor": "D2"}', token=role), 403,
        "scope")
    for role in ("producer", "expert", "team", "auditor", "operator")
] + [
    Hostile(f"{role} sends again", post("/quarantine/1/resend", None, "", token=role), 403, "scope")
    for role in ("producer", "expert", "coordinator", "team", "auditor")
]  # fmt: skip

_OTHERS = (
    f"/candidates/{ANOTHER}", f"/candidates/{ANOTHER}/course", f"/offers/O1/candidates/{ANOTHER}/explanation",
    f"/offers/O1/dossier?candidate={ANOTHER}", f"/worklists/score?centre={ELSEWHERE}", f"/quality?centre={ELSEWHERE}",
    f"/events/{POSITIONS['nothing own']}", f"/events/{POSITIONS['their proposal']}", "/candidates/Z9", "/events/99999",
    f"/candidates/%41{ANOTHER[1:]}", f"/candidates/{ANOTHER}?known_at=now", f"/candidates/{ANOTHER}?at=2024-07-01",
)  # fmt: skip
ANOTHERS = [Hostile(f"a team asks {path}", get(path, token="team"), 404) for path in _OTHERS] + [
    Hostile("a team of no centre", get(f"/candidates/{OWN}", token="no centre"), 404),
    Hostile("a team of another centre", get(f"/candidates/{OWN}", token="other centre"), 404),
    Hostile("a dossier of everybody", get("/offers/O1/dossier", token="team"), 400, "candidate"),
    Hostile("a producer asks another's position", get(f"/events/{POSITIONS['nothing own']}", token="producer"), 404),
    Hostile("a centre twice", get(f"/worklists/score?centre={CENTRE}&centre={ELSEWHERE}", token="team"), 400, "twice"),
    Hostile("a centre in pieces", get(f"/worklists/score?centre={CENTRE}%00{ELSEWHERE}", token="team"), 404),
]  # fmt: skip

COUNTING = [
    Hostile("public without a token", get("/health"), 200),
    Hostile("public with a bad token", get("/health", token="expired"), 200),
    Hostile("a name in small letters", get("/events/1", "authorization: bearer ${auditor}"), 200),
    Hostile("any host", head("GET", "/api/v1/health", "Connection: close", host="snagc.example.org"), 200),
    Hostile("another's origin", get("/health", "Origin: http://example.org"), 200),
    Hostile("an access token's typ", get("/events/1", token="at+jwt"), 200),
    Hostile("a long scope", get("/events/1", token="large"), 200),
]  # fmt: skip


def unread() -> list[Hostile]:
    """Those that a token, or the lack of one, refuses: nothing of them is kept."""
    by_token = [Hostile(f"token: {name}", get("/events/1", token=name), 401, "token") for name in worthless()]
    return [*by_token, *UNKNOWN, *REFUSED]
