"""nginx with the lab's hosts: certificates good and bad, redirects, headers."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from tests.lab.authority import DAY, DH_1024, Authority, Certificate
from tests.lab.hosts import HOSTS, PLACES, POLICY_ZONES, Host, ascii_name
from tests.lab.pages import (
    CHECKOUT,
    DEAD_SCRIPT,
    FRONT,
    HEALTHY,
    META_CSP,
    MIXED,
    OLD_LIBRARY,
    OPEN_FORM,
    PAGE,
    security_text,
)
from tests.lab.processes import DidNotStart, ServerProcess, accepts
from tests.lab.shops import TOP, write_certificates

_BIG = 2 * 1024**3
_TO_HTTPS = "return 301 https://$host$request_uri;"
_SERVED = "default_type text/html; return 200 '{page}';"
_TEXT = (
    "location = /.well-known/security.txt {{ types {{ }} default_type text/plain; "
    "return 200 '{text}'; }} "
)


@dataclass(frozen=True)
class Site:
    """How nginx serves one name."""

    secure: str = ""  # directives of the https server; empty: a healthy page
    plain: str = _TO_HTTPS
    headers: dict[str, str] = field(default_factory=lambda: HEALTHY)
    certificate: str = "shared"
    text: str = field(default_factory=security_text)
    page: str = PAGE


def _without(*names: str, **instead: str) -> dict[str, str]:
    kept = {name: value for name, value in HEALTHY.items() if name not in names}
    return kept | {name.replace("_", "-"): value for name, value in instead.items()}


def _hsts(value: str) -> Site:
    return Site(headers=_without(Strict_Transport_Security=value))


def _nonce(value: str) -> Site:
    policy = HEALTHY["Content-Security-Policy"]
    return Site(headers=_without(Content_Security_Policy=f"script-src 'nonce-{value}'; {policy}"))


def _both(directives: str) -> Site:
    return Site(secure=directives, plain=directives)


_CHALLENGE = (
    "default_type text/html; add_header Cf-Mitigated challenge always; "
    "return 403 '<title>Just a moment...</title>';"
)
_SITES: dict[str, Site] = {
    "expired.shop.test": Site(certificate="expired"),
    "notyet.shop.test": Site(certificate="notyet"),
    "soon.shop.test": Site(certificate="soon"),
    "selfsigned.shop.test": Site(certificate="selfsigned"),
    "wrongname.shop.test": Site(certificate="wrongname"),
    "untrusted.shop.test": Site(certificate="untrusted"),
    "incomplete.shop.test": Site(certificate="incomplete"),
    "stapled.shop.test": Site(certificate="stapled"),
    "unstapled.shop.test": Site(certificate="unstapled"),
    "revoked.shop.test": Site(certificate="revoked"),
    "oldtls.shop.test": Site(certificate="rsa"),
    "alert.shop.test": Site(secure="ssl_reject_handshake on;"),
    "big.shop.test": _both("default_type text/html; try_files /big =404;"),
    "botwall.shop.test": _both(_CHALLENGE),
    "loop.shop.test": _both("return 302 $scheme://$host/;"),
    "longchain.shop.test": Site(
        secure="".join(
            f"location = /{number or ''} {{ return 302 /{number + 1}; }} " for number in range(12)
        )
    ),
    "otherhost.shop.test": Site(plain="return 301 https://www.good.test/;"),
    "noredirect.shop.test": Site(plain=_SERVED.format(page=PAGE)),
    "downgrade.shop.test": Site(
        secure="return 302 http://$host/old;", plain=_SERVED.format(page=PAGE)
    ),
    "toprivate.shop.test": _both("return 302 http://10.0.0.1/;"),
    "tometadata.shop.test": _both("return 302 http://169.254.169.254/latest/meta-data/;"),
    "toprivatename.shop.test": _both("return 302 https://private.shop.test/;"),
    "toport.shop.test": _both("return 302 https://www.good.test:8080/;"),
    "toscheme.shop.test": _both("return 302 ftp://www.good.test/;"),
    "todecimal.shop.test": _both("return 302 http://2130706433/;"),
    "topassword.shop.test": _both("return 302 https://user:secret@echo.shop.test/;"),
    "nohsts.shop.test": Site(headers=_without("Strict-Transport-Security")),
    "shorthsts.shop.test": _hsts("max-age=300"),
    "zerohsts.shop.test": _hsts("max-age=0"),
    "badhsts.shop.test": _hsts("max-age=abc"),
    "halfhsts.shop.test": _hsts("max-age=15768000"),
    "magecart.test": Site(
        secure=f"location = /checkout {{ {_SERVED.format(page=CHECKOUT)} }} "
        f"location / {{ {_SERVED.format(page=FRONT)} }}"
    ),
    "hiddentill.shop.test": Site(
        secure=f"location = /till {{ {_SERVED.format(page=CHECKOUT)} }} "
        "location = /closed { return 403; } "
        "location = /moved { return 302 /; } "
        f"location = / {{ {_SERVED.format(page=PAGE)} }}"
    ),
    "deadscript.shop.test": Site(page=DEAD_SCRIPT),
    "mixedpage.shop.test": Site(page=MIXED),
    "lifted.shop.test": Site(
        page=MIXED,
        headers=_without(
            Content_Security_Policy=HEALTHY["Content-Security-Policy"]
            + "; upgrade-insecure-requests"
        ),
    ),
    "openform.shop.test": Site(page=OPEN_FORM),
    "oldjquery.shop.test": Site(page=OLD_LIBRARY),
    "corsreflect.shop.test": Site(
        headers=_without(
            Access_Control_Allow_Origin="$http_origin", Access_Control_Allow_Credentials="true"
        )
    ),
    "corsnull.shop.test": Site(
        headers=_without(
            Access_Control_Allow_Origin="null", Access_Control_Allow_Credentials="true"
        )
    ),
    "samenonce.shop.test": _nonce("c2FtZSBpbiBldmVyeSBhbnN3ZXI="),
    "newnonce.shop.test": _nonce("$request_id"),
    "oldtext.shop.test": Site(text=security_text(-1)),
    "brokentext.shop.test": Site(text=security_text(twice=True)),
    "signedtext.shop.test": Site(text=security_text(signed=True)),
    "notext.shop.test": Site(secure=_SERVED.format(page=PAGE)),
    "nocsp.shop.test": Site(headers=_without("Content-Security-Policy")),
    "reportcsp.shop.test": Site(
        headers=_without(
            "Content-Security-Policy", Content_Security_Policy_Report_Only="default-src 'self'"
        )
    ),
    "metacsp.shop.test": Site(
        secure=_SERVED.format(page=META_CSP.replace("'", "\\'")),
        headers=_without("Content-Security-Policy"),
    ),
}


_POLICY_FILE = "/.well-known/mta-sts.txt"
_POLICY = r"version: STSv1\nmode: {mode}\nmx: *.{zone}\nmax_age: 1209600\n"
# What the host of the policy does for mail to a zone, where it is not what it should.
_POLICY_SITES: dict[str, tuple[str, str]] = {  # zone: directives, certificate
    "stsmissing.test": ("return 404;", "policies"),
    "stsredirect.test": (f"return 301 https://mta-sts.good.test{_POLICY_FILE};", "policies"),
    "stswrongcert.test": (
        f'return 200 "{_POLICY.format(mode="enforce", zone="stswrongcert.test")}";',
        "wrongname",
    ),
    "ststesting.test": (
        f'return 200 "{_POLICY.format(mode="testing", zone="ststesting.test")}";',
        "policies",
    ),
    "stslong.test": ("try_files /policy =404;", "policies"),
    "stsendless.test": ("try_files /big =404;", "policies"),
    "stspacked.test": ("add_header Content-Encoding gzip; return 200 packed;", "policies"),
    "stsothermx.test": (
        f'return 200 "{_POLICY.format(mode="enforce", zone="elsewhere.test")}";',
        "policies",
    ),
}
STAPLES = {"stapled": True, "revoked": False}  # and whether the certificate is good
# the versions, suites and more of listeners that are not modern
_LISTENERS = {
    "tls10": ("TLSv1", "ALL:@SECLEVEL=0", ""),
    "oldtls": (
        "TLSv1 TLSv1.1 TLSv1.2",
        "ALL:COMPLEMENTOFALL:@SECLEVEL=0",
        "ssl_dhparam {folder}/dh1024.pem; ssl_prefer_server_ciphers on;",
    ),
    "onlytls13": ("TLSv1.3", "HIGH", "ssl_early_data on;"),
}
_MODERN = ("TLSv1.2 TLSv1.3", "ECDHE+AESGCM:ECDHE+CHACHA20", "")


def certificates(authority: Authority) -> dict[str, tuple[Certificate, bool]]:
    """Each certificate by its name, and whether the intermediate goes with it."""
    stranger = Authority("Stranger")
    shared = authority.leaf(*(ascii_name(host) for host in HOSTS))
    return {
        "shared": (shared, True),
        "expired": (authority.leaf("expired.shop.test", starts=-90 * DAY, ends=-DAY), True),
        "notyet": (authority.leaf("notyet.shop.test", starts=DAY, ends=91 * DAY), True),
        "soon": (authority.leaf("soon.shop.test", starts=-89 * DAY, ends=DAY), True),
        "selfsigned": (authority.self_signed("selfsigned.shop.test"), False),
        "wrongname": (authority.leaf("somebody-else.test"), True),
        "untrusted": (stranger.leaf("untrusted.shop.test"), True),
        "incomplete": (authority.leaf("incomplete.shop.test"), False),
        "policies": (authority.leaf(*(f"mta-sts.{zone}" for zone in POLICY_ZONES)), True),
        "stapled": (authority.leaf("stapled.shop.test", promises_staple=True), True),
        "unstapled": (authority.leaf("unstapled.shop.test", promises_staple=True), True),
        "revoked": (authority.leaf("revoked.shop.test", responder=True), True),
        "rsa": (authority.leaf("oldtls.shop.test", rsa_key=True), True),
    }


def start_web(
    folder: Path, authority: Authority, network: str, http: int, https: int, shops: list[str]
) -> ServerProcess:
    """A running nginx with every host that it can play."""
    for name, (certificate, with_intermediate) in certificates(authority).items():
        issuer = certificate.issuer
        chain = certificate.pem + (issuer.pem if issuer and with_intermediate else "")
        (folder / f"{name}.crt").write_text(chain)
        (folder / f"{name}.pem").write_text(certificate.key_pem)
        if name in STAPLES:
            (folder / f"{name}.ocsp").write_bytes(authority.staple(certificate, STAPLES[name]))
    (folder / "dh1024.pem").write_text(DH_1024)
    (folder / "www").mkdir()
    with (folder / "www" / "big").open("wb") as big:
        big.truncate(_BIG)  # a hole: no room on the disk
    long = "version: STSv1\nmode: enforce\nmx: *.stslong.test\nmax_age: 86400\n" + "a: b\n" * 20_000
    (folder / "www" / "policy").write_text(long)
    write_certificates(folder, authority, shops)
    (folder / "nginx.conf").write_text(_configuration(folder, network, http, https))
    nginx = ServerProcess(
        "nginx", (_program(), "-p", str(folder), "-c", f"{folder}/nginx.conf"), folder
    )
    nginx.wait_until(lambda: accepts(f"{network}.0.{PLACES['web']}", https))
    return nginx


def _configuration(folder: Path, network: str, http: int, https: int) -> str:
    servers = "\n".join(
        _server(host, folder, network, http, https)
        for host in HOSTS
        if host.at in ("web", "plain", *_LISTENERS)
    )
    address = f"{network}.0.{PLACES['web']}:{https}"
    policy = f'return 200 "{_POLICY.format(mode="enforce", zone="$zone")}";'
    everywhere = r"~^mta-sts\.(?<zone>.+)$"
    # before the server of all policies, since nginx takes the first expression that fits
    servers += _shops(folder, f"{network}.0.{PLACES['web']}", http, https, policy)
    servers += _policy_server(folder, address, everywhere, policy, "policies")
    for zone, (directives, certificate) in _POLICY_SITES.items():
        servers += _policy_server(folder, address, f"mta-sts.{zone}", directives, certificate)
    return f"""
daemon off;
master_process off;
error_log stderr error;
pid {folder}/nginx.pid;
events {{ worker_connections 2048; }}
http {{
    access_log off;
    server_tokens off;
    absolute_redirect off;
    server_names_hash_bucket_size 128;
    ssl_session_cache off;
    client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
    uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
    {servers}
}}
"""


def _server(host: Host, folder: Path, network: str, http: int, https: int) -> str:
    """The http and the https server of one name."""
    name, at = ascii_name(host), host.at
    site = _SITES.get(name, Site())
    address = f"{network}.0.{PLACES[at]}"
    fields = "".join(
        f'add_header {field} "{value}" always; ' for field, value in site.headers.items()
    )
    secure = site.secure or (
        _TEXT.format(text=site.text.replace("\n", "\\n"))
        + f"location / {{ {_SERVED.format(page=site.page)} }}"
    )
    plain = site.plain
    if at == "plain":
        plain = _SERVED.format(page=PAGE)
    versions, ciphers, more = _LISTENERS.get(at, _MODERN)
    if site.certificate in STAPLES:
        more += f"ssl_stapling on; ssl_stapling_file {folder}/{site.certificate}.ocsp;"
    served = f"""
    server {{
        listen {address}:{http}; server_name {name}; root {folder}/www;
        {plain}
    }}"""
    if at == "plain":
        return served
    return f"""{served}
    server {{
        listen {address}:{https} ssl; server_name {name}; root {folder}/www;
        ssl_certificate {folder}/{site.certificate}.crt;
        ssl_certificate_key {folder}/{site.certificate}.pem;
        ssl_protocols {versions}; ssl_ciphers "{ciphers}"; {more.format(folder=folder)}
        {fields}
        {secure}
    }}"""


def _shops(folder: Path, address: str, http: int, https: int, policy: str) -> str:
    """The servers of all shops that were made, and of the hosts of their policies."""
    shop = rf"~^(?:(?:www|mta-sts)\.)?(?<shop>\w+\.{TOP})$"
    fields = "".join(f'add_header {field} "{value}" always; ' for field, value in HEALTHY.items())
    text = _TEXT.format(text=security_text().replace("\n", "\\n"))
    return rf"""
    map $ssl_server_name $shown {{ "{shop}" $shop; }}
    server {{ listen {address}:{http}; server_name ~\.{TOP}$; {_TO_HTTPS} }}
    server {{
        listen {address}:{https} ssl; server_name ~^mta-sts\.(?<zone>\w+\.{TOP})$;
        ssl_certificate {folder}/$shown.crt; ssl_certificate_key {folder}/$shown.pem;
        ssl_protocols TLSv1.2 TLSv1.3;
        location = {_POLICY_FILE} {{ default_type text/plain; {policy} }}
    }}
    server {{
        listen {address}:{https} ssl; server_name ~\.{TOP}$;
        ssl_certificate {folder}/$shown.crt; ssl_certificate_key {folder}/$shown.pem;
        ssl_protocols TLSv1.2 TLSv1.3; ssl_ciphers "{_MODERN[1]}";
        {fields}
        {text}
        location / {{ {_SERVED.format(page=PAGE)} }}
    }}"""


def _policy_server(folder: Path, address: str, name: str, directives: str, certificate: str) -> str:
    """The server of the MTA-STS policy of one zone, or of all."""
    return f"""
    server {{
        listen {address} ssl; server_name {name}; root {folder}/www;
        ssl_certificate {folder}/{certificate}.crt;
        ssl_certificate_key {folder}/{certificate}.pem;
        ssl_protocols TLSv1.2 TLSv1.3;
        location = {_POLICY_FILE} {{ default_type text/plain; {directives} }}
    }}"""


def _program() -> str:
    found = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin")
    if found is None:
        raise DidNotStart("nginx is not installed; on Debian: apt-get install nginx-light")
    return found
