"""What browsers send along: cookies, written so that no script and no other site gets at them, and who asked."""

from collections.abc import Iterable, Iterator

SESSION, SIGNING_IN = "snagc-session", "snagc-sign-in"


def cookie(headers: Iterable[tuple[bytes, bytes]], name: str) -> str | None:
    """The value of a cookie, the first of its name; None where none came."""
    for value in _sent(headers):
        for pair in value.split(";"):
            given, _, content = pair.strip().partition("=")
            if given == name:
                return content
    return None


def _sent(headers: Iterable[tuple[bytes, bytes]]) -> Iterator[str]:
    return (value.decode("latin-1") for header, value in headers if header == b"cookie")


def is_of_a_person(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether somebody asked; a script that follows by itself, as browsers mark it, keeps no session awake."""
    return all(value in (b"navigate", b"") for name, value in headers if name == b"sec-fetch-mode")


class Jar:
    """How this service names and marks its cookies; ``secure``: whether browsers reach it encrypted."""

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure

    def name(self, name: str) -> str:
        """The name as browsers keep it: where encrypted, one that no other host and no plain answer can set."""
        return f"__Host-{name}" if self._secure else name

    def read(self, headers: Iterable[tuple[bytes, bytes]], name: str) -> str | None:
        """What a request brings of a cookie."""
        return cookie(headers, self.name(name))

    def all_of(self, headers: Iterable[tuple[bytes, bytes]], beginning: str) -> dict[str, str]:
        """Every cookie whose name begins so, by its name as it was set."""
        start = self.name(beginning)
        found = (pair.strip().partition("=") for value in _sent(headers) for pair in value.split(";"))
        return {beginning + name.removeprefix(start): content for name, _, content in found if name.startswith(start)}

    def set(self, name: str, value: str, seconds: int | None = None) -> str:
        """The header that sets a cookie, for so long, or until the browser ends; an empty value takes it away."""
        age = "" if seconds is None else f"; Max-Age={seconds}"
        secure = "; Secure" if self._secure else ""
        return f"{self.name(name)}={value}; Path=/; HttpOnly; SameSite=Lax{age}{secure}"

    def unset(self, name: str) -> str:
        """The header that takes a cookie away."""
        return self.set(name, "", 0)
