"""Settings from the environment, each refused at start when wrong, with a hint."""

import functools
import ipaddress
import os
import re
import zoneinfo
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from vendor_risk import __version__
from vendor_risk.feeds.access import Access
from vendor_risk.observe.addresses import AddressRefused, guard_all
from vendor_risk.observe.network import Network, server
from vendor_risk.resources import checkout

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----")


class SettingsError(ValueError):
    """A setting is wrong; the message names it and says how to mend it."""


def _default_data_dir() -> Path:
    return (checkout() or Path.cwd()) / "var"


def _pieces(value: object) -> object:
    """A comma-separated text as a list; anything else unchanged."""
    if isinstance(value, str):
        return [piece.strip() for piece in value.split(",") if piece.strip()]
    return value


@functools.cache
def _zones() -> frozenset[str]:
    """The names of all zones; the library reads hundreds of files to tell them."""
    return frozenset(zoneinfo.available_timezones())


CommaList = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    """Every setting is `VENDOR_RISK_<NAME>` in the environment or in a `.env` file."""

    model_config = SettingsConfigDict(
        env_prefix="VENDOR_RISK_", env_file=".env", extra="ignore", frozen=True
    )

    organisation: str = Field("Our company", description="Our own name, as reports print it")
    data_dir: Path = Field(
        default_factory=_default_data_dir,
        description="Folder of the embedded database, keys, files and reports",
    )
    models_dir: Path | None = Field(
        None, description="Folder of risk models of your own; empty: models in DATA_DIR"
    )
    database_url: str = Field(
        "", description="sqlite:///FILE or postgresql://USER@HOST/NAME; empty: SQLite in DATA_DIR"
    )
    host: str = Field("127.0.0.1", description="Address that the pages listen on")
    port: int = Field(8000, ge=1, le=65535, description="Port that the pages listen on")
    base_url: str = Field("", description="Address that people type; empty: http://localhost:PORT")
    secret_key: SecretStr = Field(
        SecretStr(""), description="Signs sessions; empty: made once and kept in DATA_DIR/keys.json"
    )
    encryption_keys: SecretStr = Field(
        SecretStr(""),
        description="ID:64 hex digits, the first writes; empty: made once in DATA_DIR/keys.json",
    )
    require_mfa: bool = Field(
        True, description="Second factor obligatory for admin, analyst and approver"
    )
    demo: bool = Field(False, description="Sample vendors, no obligatory second factor")
    language: Literal["en", "de"] = Field(
        "en", description="Language where neither a person nor a browser asks for another"
    )
    timezone: str = Field("UTC", description="Zone in which times are shown, such as Europe/Berlin")
    resolvers: CommaList = Field(
        (), description="DNS resolvers, ADDRESS or ADDRESS:PORT; empty: those of /etc/resolv.conf"
    )
    ca_file: Path | None = Field(
        None, description="PEM file of roots to trust beside Mozilla's, for a private CA"
    )
    port_map: Annotated[dict[int, int], NoDecode] = Field(
        default_factory=dict, description="Ports to use in place of others, 443:8443,80:8080"
    )
    scan_allow_networks: CommaList = Field(
        (), description="Networks the scanner may visit though they are not public, 10.1.0.0/16"
    )
    scan_deadline: float = Field(20, gt=0, le=300, description="Seconds one host may take in all")
    scan_contact: str = Field(
        "", description="Mail or web address that the scanner names in its User-Agent"
    )
    scan_workers: int = Field(16, ge=1, le=256, description="Hosts looked at side by side")
    feed_kev_url: str = Field(
        "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json",
        description="List of known exploited vulnerabilities; empty: never fetched",
    )
    feed_breaches_url: str = Field(
        "https://haveibeenpwned.com/api/v3/breaches",
        description="List of public breaches; empty: never fetched",
    )
    feed_advisories_url: str = Field(
        "https://raw.githubusercontent.com/RetireJS/retire.js/master/repository/"
        "jsrepository-v5.json",
        description="Advisories for script libraries; empty: never fetched",
    )
    feed_rdap_url: str = Field(
        "https://data.iana.org/rdap/dns.json",
        description="Which registry knows which ending (RDAP); empty: never fetched",
    )
    smtp_url: SecretStr = Field(
        SecretStr(""), description="smtp://USER:PASSWORD@HOST:PORT; empty: mail stays in the outbox"
    )
    mail_from: str = Field("vendor-risk@localhost", description="Sender of mail")
    trusted_proxies: int = Field(
        0, ge=0, le=5, description="Reverse proxies in front of the pages (X-Forwarded-* they set)"
    )
    metrics_token: SecretStr = Field(
        SecretStr(""),
        description="What Prometheus sends as bearer to /metrics; empty: closed",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="What the log keeps"
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="Lines of the log: for people, or as JSON for programs"
    )

    @field_validator("resolvers", "scan_allow_networks", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return _pieces(value)

    @field_validator("port_map", mode="before")
    @classmethod
    def _ports(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        ports: dict[int, int] = {}
        for piece in value.split(","):
            if not piece.strip():
                continue
            left, colon, right = piece.partition(":")
            if not (colon and left.strip().isdigit() and right.strip().isdigit()):
                raise ValueError(f"{piece.strip()!r} is not PORT:PORT, such as 443:8443")
            ports[int(left)] = int(right)
        return ports

    @field_validator("resolvers")
    @classmethod
    def _resolver_addresses(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for resolver in value:
            server(resolver)
        return value

    @field_validator("scan_allow_networks")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ipaddress.ip_network(network)
        return value

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        if value not in _zones():
            raise ValueError(f"{value!r} is no time zone, such as Europe/Berlin or UTC")
        return value

    @field_validator("ca_file")
    @classmethod
    def _readable(cls, value: Path | None) -> Path | None:
        if value is not None and not (value.is_file() and os.access(value, os.R_OK)):
            raise ValueError(f"{value} is not a readable file")
        return value

    @field_validator("base_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value:
            parts = urlsplit(value)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError(f"{value!r} is no web address, such as https://risk.example.com")
        return value

    @field_validator("feed_kev_url", "feed_breaches_url", "feed_advisories_url", "feed_rdap_url")
    @classmethod
    def _list_address(cls, value: str) -> str:
        if value:
            parts = urlsplit(value)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError(f"{value!r} is no address, such as https://example.com/list.json")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value():
            from vendor_risk.mail import Smtp

            Smtp.from_url(value.get_secret_value(), "")
        return value

    @field_validator("database_url")
    @classmethod
    def _driver(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError("it must begin with sqlite:/// or postgresql://")
        return value

    @property
    def database(self) -> str:
        """The address of the database for SQLAlchemy, with psycopg 3 for PostgreSQL."""
        if not self.database_url:
            return f"sqlite:///{self.data_dir / 'vendor-risk.db'}"
        return self.database_url.replace("postgresql://", "postgresql+psycopg://", 1)

    @property
    def own_models_dir(self) -> Path:
        """Where risk models lie that somebody dropped there."""
        return self.models_dir or self.data_dir / "models"

    @property
    def feeds_dir(self) -> Path:
        """Where the lists of others lie."""
        return self.data_dir / "feeds"

    @property
    def embedded(self) -> bool:
        """Whether this is the one-machine shape on SQLite."""
        return self.database.startswith("sqlite")

    @property
    def address(self) -> str:
        """The address of the pages for people and mails, without a final slash."""
        return (self.base_url or f"http://localhost:{self.port}").rstrip("/")


def feed_urls(settings: Settings) -> dict[str, str]:
    """Where each list is fetched from, by its name; empty where it is never fetched."""
    return {
        "kev": settings.feed_kev_url,
        "breaches": settings.feed_breaches_url,
        "advisories": settings.feed_advisories_url,
        "rdap": settings.feed_rdap_url,
    }


def access(settings: Settings) -> Access:
    """What the settings say of how to fetch lists."""

    def refusal(host: str, addresses: Sequence[str]) -> str:
        try:
            guard_all(host, addresses, settings.scan_allow_networks)
        except AddressRefused as refused:
            return refused.seen
        return ""

    return Access(_user_agent(settings, "lists"), refusal, settings.ca_file)


def _user_agent(settings: Settings, purpose: str) -> str:
    contact = f"; +{settings.scan_contact}" if settings.scan_contact else ""
    return f"vendor-risk/{__version__} ({purpose}{contact})"


def network(settings: Settings) -> Network:
    """What the settings say of how to look at other people's hosts."""
    return Network(
        resolvers=settings.resolvers,
        port_map=settings.port_map,
        extra_roots_pem=tuple(_PEM.findall(settings.ca_file.read_text()))
        if settings.ca_file
        else (),
        allow_networks=settings.scan_allow_networks,
        deadline_seconds=settings.scan_deadline,
        user_agent=_user_agent(settings, "passive check"),
    )


def load(**overrides: Any) -> Settings:
    """The settings of this process; SettingsError names each wrong one with its hint."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            name = "_".join(str(part) for part in problem["loc"]).upper()
            words = str(problem["msg"]).removeprefix("Value error, ")
            field = Settings.model_fields.get(str(problem["loc"][0])) if problem["loc"] else None
            hint = f" ({field.description})" if field and field.description else ""
            lines.append(f"VENDOR_RISK_{name}: {words}{hint}")
        raise SettingsError("\n".join(lines)) from error
