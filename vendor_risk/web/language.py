"""The language and the zone of a request: the person's choice, the browser's wish, the default."""

from functools import cached_property

from flask import Flask, has_request_context, request, session
from flask_babel import Babel, Domain, get_babel, get_locale
from flask_login import current_user

from vendor_risk import languages


class _Catalogues(Domain):  # type: ignore[misc]
    """The catalogues as vendor_risk.languages reads them."""

    def get_translations(self) -> object:
        """Those of the language of this request."""
        return languages.catalogue(str(get_locale() or languages.ENGLISH))


class _Babel(Babel):  # type: ignore[misc]
    @cached_property
    def domain_instance(self) -> _Catalogues:
        return _Catalogues()


def current() -> str:
    """The language that this page is written in, such as "de"."""
    return str(get_locale() or languages.ENGLISH).replace("_", "-")


def of_response(sent: str) -> str:
    """The language of a vendor's page, whose letter went out in `sent`.

    What was pressed on the page comes first; then a language that was chosen when it was sent,
    which the default of the installation is not; then what the browser asks for.
    """
    default = get_babel().default_locale
    chosen = languages.offered(session.get("language"))
    return chosen or (sent if sent and sent != default else "") or _browsers() or sent or default


def install(app: Flask, *, default: str, timezone: str) -> None:
    """Pages speak the language of whoever reads them, and times are in their zone."""
    _Babel(
        app,
        default_locale=default,
        default_timezone=timezone,
        locale_selector=_chosen,
        timezone_selector=_timezone,
    )

    @app.context_processor
    def _offered() -> dict[str, object]:
        return {"languages": languages.OFFERED}


def _chosen() -> str | None:
    if not has_request_context():
        return None
    own = current_user.language if current_user and current_user.is_authenticated else ""
    return languages.offered(own, session.get("language")) or _browsers()


def _browsers() -> str | None:
    return languages.first_of(name for name, _quality in request.accept_languages)


def _timezone() -> str | None:
    if current_user and current_user.is_authenticated and current_user.timezone:
        return str(current_user.timezone)
    return None
