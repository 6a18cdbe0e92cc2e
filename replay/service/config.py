"""The service's configuration: one TOML file, checked whole before anything starts.

Every fault is told at once, each by its key, its value and the remedy. Nothing unknown is taken. Paths in it are
relative to the file. ``snagc.example.toml`` beside this module shows every key.
"""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from engine.errors import RequestError
from engine.text import visible
from replay.service.loopback import LOOPBACK
from replay.service.viewer import SCOPES

Algorithm = Literal["EdDSA", "Ed25519", "ES256", "ES384", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]
"""Signatures by a private key alone: ``none`` and the symmetric ones have no name here."""
EXAMPLE = Path(__file__).with_name("snagc.example.toml")
LONGEST_VALUE = 80
FOLDER = "folder"
"""In the context of validation: where relative paths start."""


class Section(BaseModel):
    """A table of the file: closed and never changed; TOML's types are taken as they are."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _from_folder(value: object, info: ValidationInfo) -> object:
    """A path as the file means it."""
    if not isinstance(value, str) or not value:
        raise ValueError("give a path, relative to this file or absolute")
    assert info.context is not None, "read_configuration says where the file lies"
    return Path(info.context[FOLDER], value)


def _file(value: object, info: ValidationInfo) -> object:
    path = _from_folder(value, info)
    assert isinstance(path, Path)
    if not path.is_file():
        raise ValueError(f"no file {path}: paths are relative to the configuration")
    return path


def is_safe(address: str) -> bool:
    """Whether an address may be asked, or sent to: https without a password in it, or http on loopback."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    encrypted = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    return encrypted and bool(parts.hostname) and parts.username is None


def _as_tuple(value: object) -> object:
    """A list of the file, which has at least one entry."""
    if not isinstance(value, list) or not value:
        raise ValueError("give a list with at least one")
    return tuple(value)


def _as_own(value: object) -> object:
    """A list of the file, which may be empty."""
    if not isinstance(value, list):
        raise ValueError("give a list")
    return tuple(value)


class KeyFile(Section):
    """A public key in a PEM file; ``kid``: the name its tokens give it."""

    file: Path
    kid: Annotated[str, Field(min_length=1, max_length=200)] | None = None

    @model_validator(mode="before")
    @classmethod
    def _by_path_alone(cls, value: object) -> object:
        return {"file": value} if isinstance(value, str) else value

    _is_there = field_validator("file", mode="before")(_file)


class TokensSection(Section):
    """Whose tokens are taken, and by which keys they are checked: ``keys`` or ``jwks``."""

    issuer: Annotated[str, Field(min_length=1, max_length=500)]
    audience: Annotated[str, Field(min_length=1, max_length=500)]
    keys: tuple[KeyFile, ...] = ()
    jwks: Path | str | None = None
    algorithms: tuple[Algorithm, ...] = ("EdDSA", "ES256", "RS256", "PS256")
    jwks_keep_minutes: Annotated[int, Field(ge=1, le=1440)] = 60
    """How long fetched keys are used before they are fetched again."""
    jwks_refresh_seconds: Annotated[int, Field(ge=1, le=3600)] = 60
    """How long to wait between two fetches, however many unknown keys are named meanwhile."""
    signing_key: Path | None = None
    """A private key in a PEM file, for ``snagc token`` alone."""

    _signing_key_is_there = field_validator("signing_key", mode="before")(_file)

    _are_lists = field_validator("keys", "algorithms", mode="before")(_as_tuple)

    @field_validator("jwks", mode="before")
    @classmethod
    def _file_or_safe_address(cls, value: object, info: ValidationInfo) -> object:
        if not isinstance(value, str) or "://" not in value:
            return _file(value, info)
        if not is_safe(value):
            raise ValueError("keys come from https://… without a password in it (http:// from loopback alone)")
        return value

    @model_validator(mode="after")
    def _one_way_to_the_keys(self) -> "TokensSection":
        if bool(self.keys) == (self.jwks is not None):
            raise ValueError("give either keys (PEM files) or jwks (a file or an address)")
        return self


class LimitsSection(Section):
    """How much one request, and one who asks, may take."""

    body_bytes: Annotated[int, Field(ge=1024, le=1 << 32)] = 64 * 1024 * 1024
    requests_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = 60_000
    """Of one ``sub``."""
    seconds: Annotated[int, Field(ge=1, le=3600)] = 120
    """How long a body may take to arrive, and a request to be answered."""
    concurrent: Annotated[int, Field(ge=1, le=10_000)] = 200
    """Requests answered at once: so many that read, so many that send, so many live offers."""
    waiting: Annotated[int, Field(ge=1, le=10_000)] = 400
    """Requests that wait for the next event, in all; none of those answered at once."""
    waiting_of_one: Annotated[int, Field(ge=1, le=10_000)] = 250
    """Of these, of one ``sub``."""


class FeedsSection(Section):
    """What is done with laboratory feeds."""

    patients: Path | None = None
    """The mapping of patients to candidates, as CSV; where absent, the one that ``snagc patients`` keeps."""
    unknown_patients: Literal["refuse", "ignore"] = "refuse"

    _patients_are_there = field_validator("patients", mode="before")(_file)


class Identity(Section):
    """Somebody whom the provider names, and what they may: as a token's claims say it."""

    iss: Annotated[str, Field(min_length=1, max_length=500)]
    sub: Annotated[str, Field(min_length=1, max_length=255)]
    scopes: tuple[str, ...]
    sources: tuple[str, ...] = ()
    centres: tuple[str, ...] = ()

    _are_lists = field_validator("sources", "centres", mode="before")(_as_own)

    @field_validator("scopes", mode="before")
    @classmethod
    def _are_scopes(cls, value: object) -> object:
        scopes = _as_tuple(value)
        assert isinstance(scopes, tuple)
        if unknown := [str(each) for each in scopes if each not in SCOPES]:
            raise ValueError(f"{unknown[0]} is no scope: there are {', '.join(SCOPES)}")
        return scopes


class PagesSection(Section):
    """The pages: where browsers find them, and whom they know."""

    address: str | None = None
    """Scheme, host and port as browsers see them; ``/signed-in`` below it is what the provider sends them back to."""
    identities: tuple[Identity, ...] = ()

    _are_lists = field_validator("identities", mode="before")(_as_own)

    @field_validator("address")
    @classmethod
    def _is_origin(cls, value: str) -> str:
        if not is_safe(value) or urlsplit(value)._replace(scheme="", netloc="").geturl() not in ("", "/"):
            raise ValueError("give https://HOST without a path (http:// on loopback alone)")
        return value.removesuffix("/")

    @model_validator(mode="after")
    def _each_once(self) -> "PagesSection":
        known = [(each.iss, each.sub) for each in self.identities]
        if twice := [sub for number, (iss, sub) in enumerate(known) if (iss, sub) in known[:number]]:
            raise ValueError(f"identities has {twice[0]} twice: put all that they may into one entry")
        return self


class OidcSection(Section):
    """The provider of identities, asked by the code flow of OpenID Connect; ``client_secret``: or a file with it."""

    issuer: Annotated[str, Field(min_length=1, max_length=500)]
    client_id: Annotated[str, Field(min_length=1, max_length=200)]
    client_secret: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    client_secret_file: Path | None = None
    scope: Annotated[str, Field(pattern=r"^openid( \S+)*$", max_length=500)] = "openid"
    acr_values: Annotated[str, Field(max_length=200)] = "eidas1"
    """How surely the provider is to know who it is: asked for, and then required of its answer; empty: not asked."""
    algorithms: tuple[Algorithm, ...] = ("RS256", "PS256", "ES256", "EdDSA")

    _are_lists = field_validator("algorithms", mode="before")(_as_tuple)
    _secret_is_there = field_validator("client_secret_file", mode="before")(_file)

    @field_validator("issuer")
    @classmethod
    def _is_safe(cls, value: str) -> str:
        if not is_safe(value) or "?" in value or "#" in value:
            raise ValueError("give https://… as the provider names itself (http:// on loopback alone)")
        return value

    @model_validator(mode="after")
    def _one_secret(self) -> "OidcSection":
        if self.client_secret is not None and self.client_secret_file is not None:
            raise ValueError("give either client_secret or client_secret_file")
        return self

    @property
    def secret(self) -> str | None:
        """The client's secret; None of a client that has none, which PKCE alone protects."""
        if self.client_secret_file is not None:
            return self.client_secret_file.read_text(encoding="utf-8").strip()
        return self.client_secret


class Configuration(Section):
    """The whole file."""

    tokens: TokensSection
    limits: LimitsSection = LimitsSection()
    feeds: FeedsSection = FeedsSection()
    pages: PagesSection = PagesSection()
    oidc: OidcSection | None = None
    """Where absent nobody signs in, and pages take tokens alone."""

    @model_validator(mode="after")
    def _has_an_address(self) -> "Configuration":
        if self.oidc is not None and self.pages.address is None:
            raise ValueError("oidc needs pages.address: where the provider sends browsers back to")
        return self


def read_configuration(path: str | Path) -> Configuration:
    """The configuration in a file; RequestError names every fault with its key, value and remedy."""
    try:
        text = Path(path).read_bytes().decode()
        given = tomllib.loads(text)
    except OSError as error:
        raise RequestError(f"cannot read the configuration {path} ({error.strerror}): check --config") from None
    except (ValueError, RecursionError) as error:
        raise RequestError(f"{path} is no TOML ({error}): see {EXAMPLE}") from None
    try:
        return Configuration.model_validate(given, context={FOLDER: Path(path).absolute().parent})
    except ValidationError as error:
        told = "; ".join(_faults(error, given))
        raise RequestError(f"{path}: {told}. See {EXAMPLE}") from None


def _faults(error: ValidationError, given: Mapping[str, Any]) -> Iterator[str]:
    for fault in error.errors(include_url=False):
        key = ".".join(str(part) for part in fault["loc"] if part not in ("Path", "str", "function-before"))
        yield f"{key}{_shown(fault['input'])}: {_remedy(fault['type'], fault['msg'], fault['loc'])}"


def _shown(value: object) -> str:
    """A value as it was given, where it is one that can be shown on a line."""
    if isinstance(value, dict):
        return ""
    text = visible(str(value))
    return f" = {text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + '…'}"


def _remedy(kind: str, message: str, where: tuple[int | str, ...]) -> str:
    if kind == "extra_forbidden":
        return f"is no key here: take it out, or write one of {', '.join(_keys_beside(where))}"
    if kind == "missing":
        return "is required and missing: give it"
    return message.removeprefix("Value error, ")[:1].lower() + message.removeprefix("Value error, ")[1:]


def _keys_beside(where: tuple[int | str, ...]) -> list[str]:
    section: type[BaseModel] = Configuration
    for part in where[:-1]:
        field = section.model_fields.get(str(part))
        kinds = [] if field is None else [field.annotation, *get_args(field.annotation)]
        section = next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), section)
    return sorted(section.model_fields)
