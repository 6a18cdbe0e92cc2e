"""The address of a database: ``postgresql://user:password@host:port/database``, as libpq reads it.

Its password is never shown. What an address leaves out libpq takes from its own variables (``PGUSER``,
``PGPASSFILE`` …), so that a password need stand in no command and no configuration.
"""

from itertools import zip_longest
from typing import NamedTuple
from urllib.parse import quote

import psycopg
from psycopg.conninfo import conninfo_to_dict

from engine.errors import RequestError

CONNECT_SECONDS = 10
"""How long a connection may take to be made."""


class Address(NamedTuple):
    """What libpq needs, and the address as it is shown."""

    parameters: dict[str, str]
    shown: str

    @property
    def place(self) -> tuple[str, ...]:
        """Host, port and database: what makes it the same as another."""
        defaults = {"host": "localhost", "port": "5432"}
        host, port = (self.parameters.get(name) or default for name, default in defaults.items())
        return host, port, self.database

    @property
    def database(self) -> str:
        """The database's name."""
        return self.parameters["dbname"]


def address_of(location: str) -> Address:
    """The address a location states; RequestError where it states none."""
    scheme = location.partition("://")[0]
    try:
        given = {name: str(value) for name, value in conninfo_to_dict(location).items()}
    except psycopg.Error:  # its message quotes what it could not read, which may be the password
        raise _no_address(scheme, "it cannot be read; % in user or password is written %25, @ %40") from None
    if not given.get("dbname"):
        raise _no_address(scheme, "it names no database")
    if not all(not port or (port.isascii() and port.isdigit()) for port in given.get("port", "").split(",")):
        raise _no_address(scheme, f"its port is {given['port']!r}, no number")
    shown = _shown(scheme, given)
    if "\0" in location:
        raise _no_address(scheme, "it holds a character that no address has")
    return Address({"connect_timeout": str(CONNECT_SECONDS), "application_name": "snagc", **given}, shown)


def _shown(scheme: str, given: dict[str, str]) -> str:
    user = f"{quote(given['user'], safe='')}@" if "user" in given else ""
    hosts, ports = given.get("host", "").split(","), given.get("port", "").split(",")
    ports = ports * len(hosts) if len(ports) == 1 else ports  # one of several hosts is each one's
    places = ",".join(_place(host, port) for host, port in zip_longest(hosts, ports, fillvalue=""))
    return f"{scheme}://{user}{places}/{quote(given['dbname'], safe='')}"


def _place(host: str, port: str) -> str:
    shown = f"[{host}]" if ":" in host else quote(host, safe="")
    return f"{shown}:{port}" if port else shown


def _no_address(scheme: str, why: str) -> RequestError:
    return RequestError(
        f"the address {scheme}://… of the log: {why}; give postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
    )
