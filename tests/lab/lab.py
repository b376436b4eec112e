"""The lab: real DNS, TLS and HTTP servers on loopback, good ones and bad ones."""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path
from types import TracebackType

from tests.lab.authority import Authority
from tests.lab.hosts import HOSTS, PLACES, ascii_name
from tests.lab.nameserver import LISTEN, start_authority, start_resolver
from tests.lab.processes import DidNotStart, ServerProcess, accepts, free_ports
from tests.lab.shops import place
from tests.lab.web import start_web
from vendor_risk.observe.network import Network

_TRIES = 3  # a port that was free may be taken by the time that a server binds it
_CHECKOUT = Path(__file__).parents[2]


class Lab:
    """Starts and stops all servers; a context manager.

    `network` is the /16 of 127.0.0.0/8 in which the hosts listen, its own for each process, so
    that two labs do not meet. `shops` are names of `tests/lab/shops.py`, for scans of many.
    """

    def __init__(self, shops: list[str] | None = None) -> None:
        self._shops = shops or []
        self.network_prefix = f"127.{16 + os.getpid() % 200}"
        self.folder = Path()
        self._processes: list[ServerProcess] = []
        self._authority: Authority | None = None
        self._ports: list[int] = []

    def start(self) -> "Lab":
        """Every server answers; DidNotStart with the log of the one that does not."""
        atexit.register(self.stop)
        for left in reversed(range(_TRIES)):
            self.folder = Path(tempfile.mkdtemp(prefix="vendor-risk-lab-"))
            try:
                self._start()
                break
            except BaseException as error:
                self.stop()
                if not left or not isinstance(error, DidNotStart):
                    raise
        return self

    def stop(self) -> None:
        """No server runs and no file is left."""
        for process in reversed(self._processes):
            process.stop()
        self._processes.clear()
        if self.folder != Path():
            shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> "Lab":
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def resolver(self) -> str:
        """ADDRESS:PORT of the resolver that validates."""
        return f"{LISTEN}:{self._ports[0]}"

    @property
    def unvalidating(self) -> str:
        """ADDRESS:PORT of a name server that answers the same and vouches for nothing."""
        return f"{LISTEN}:{self._ports[1]}"

    @property
    def silent(self) -> str:
        """ADDRESS:PORT where DNS questions go and nothing comes back."""
        return f"{LISTEN}:{self._ports[2]}"

    @property
    def refusing(self) -> str:
        """ADDRESS:PORT of a name server that refuses every question."""
        return f"{LISTEN}:{self._ports[5]}"

    @property
    def port_map(self) -> dict[int, int]:
        """The ports that stand for 25, 80 and 443."""
        return {25: self._ports[6], 80: self._ports[3], 443: self._ports[4]}

    @property
    def root_pem(self) -> str:
        """The root certificate of the lab's authority."""
        assert self._authority is not None
        return self._authority.root.pem

    @property
    def ca_file(self) -> Path:
        """A file with that certificate."""
        return self.folder / "root-ca.pem"

    @property
    def allow_networks(self) -> tuple[str, ...]:
        """The networks of the lab's hosts; not all of 127.0.0.0/8, so that loopback is refused."""
        return (f"{self.network_prefix}.0.0/16", "::1/128")

    @property
    def hosts(self) -> dict[str, str]:
        """What is the matter with each host, by its name."""
        return {host.name: host.matter for host in HOSTS}

    def address(self, name: str) -> str:
        """The address that a host listens on."""
        if name in self._shops:
            at = place(name)
        else:
            at = next(host.at for host in HOSTS if name in (host.name, ascii_name(host)))
        return f"{self.network_prefix}.0.{PLACES[at]}"

    def network(self) -> Network:
        """The scanner's settings for the lab."""
        return Network(
            resolvers=(self.resolver,),
            port_map=self.port_map,
            extra_roots_pem=(self.root_pem,),
            allow_networks=self.allow_networks,
        )

    def settings(self) -> dict[str, str]:
        """The same as environment variables."""
        return {
            "VENDOR_RISK_RESOLVERS": self.resolver,
            "VENDOR_RISK_PORT_MAP": ",".join(f"{a}:{b}" for a, b in self.port_map.items()),
            "VENDOR_RISK_CA_FILE": str(self.ca_file),
            "VENDOR_RISK_SCAN_ALLOW_NETWORKS": ",".join(self.allow_networks),
        }

    def _start(self) -> None:
        self._ports = free_ports("", 7)
        resolver, authority, silent, http, https, refusing, smtp = self._ports
        self._authority = Authority("Lab")
        self.ca_file.write_text(self._authority.root.pem)
        prefix = self.network_prefix
        web = start_web(self.folder, self._authority, prefix, http, https, self._shops)
        self._processes.append(web)
        odd = ServerProcess(
            "odd", self._odd_command(http, https, silent, refusing, smtp), self.folder, _CHECKOUT
        )
        self._processes.append(odd)
        served = (self.folder / "shared.crt").read_text()
        named, anchor = start_authority(self.folder, prefix, authority, served, self._shops)
        self._processes.append(named)
        unbound = start_resolver(self.folder, anchor, resolver, authority, silent)
        self._processes.append(unbound)
        last = f"{self.network_prefix}.0.{PLACES['manyfields']}"
        odd.wait_until(lambda: accepts(last, https))
        odd.wait_until(lambda: accepts(f"{self.network_prefix}.0.{PLACES['plain']}", smtp))

    def _odd_command(self, *ports: int) -> tuple[str, ...]:
        chain = (f"{self.folder}/shared.crt", f"{self.folder}/shared.pem")
        numbers = (str(port) for port in ports)
        return (sys.executable, "-m", "tests.lab.odd", self.network_prefix, *numbers, *chain)
