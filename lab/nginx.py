"""nginx before Odoo and the agent: TLS, the second port, and a redirect to TLS."""

from collections.abc import Sequence
from pathlib import Path

from lab.asterisk import CONF
from lab.component import RUN, Component
from lab.net import HOST, listens
from lab.odoo import Odoo
from lab.tls import Certificate

TLS = Path("/mnt/tls")


class Nginx(Component):
    """The proxy that a user would have; `rpc_port` is where the agent will listen."""

    name = "nginx"
    chroot = "bullseye"

    def __init__(self, folder: Path, odoo: Odoo, rpc_port: int, tls: Certificate) -> None:
        super().__init__(folder)
        self.odoo, self.rpc_port, self.tls = odoo, rpc_port, tls
        self.http_port, self.https_port, self.redirect_port = (self.take_port() for _ in range(3))

    @property
    def url(self) -> str:
        """Return Odoo's address without TLS."""
        return f"http://{HOST}:{self.http_port}"

    @property
    def https_url(self) -> str:
        """Return Odoo's address with TLS."""
        return f"https://{HOST}:{self.https_port}"

    @property
    def redirect_url(self) -> str:
        """Return an address that answers every request with a redirect to TLS."""
        return f"http://{HOST}:{self.redirect_port}"

    @property
    def rpc_url(self) -> str:
        """Return the Agent URL, as it is entered in Odoo."""
        return f"{self.https_url}/rpc/"

    def addresses(self) -> dict[str, str]:
        return {
            "odoo": self.url,
            "odoo over TLS": self.https_url,
            "agent": self.rpc_url,
            "redirects": self.redirect_url,
        }

    def logs(self) -> list[Path]:
        return [self.log, self.folder / "access.log"]

    def binds(self) -> list[tuple[Path, Path, str]]:
        return [*super().binds(), (self.tls.folder, TLS, "ro")]

    def prepare(self) -> None:
        text = (CONF / "nginx.conf.in").read_text()
        values = {
            "HOST": HOST,
            "HTTP_PORT": self.http_port,
            "HTTPS_PORT": self.https_port,
            "REDIRECT_PORT": self.redirect_port,
            "RPC_PORT": self.rpc_port,
            "ODOO_PORT": self.odoo.port,
            "POLL_PORT": self.odoo.poll_port,
        }
        for key, value in values.items():
            text = text.replace(f"@{key}@", str(value))
        (self.folder / "nginx.conf").write_text(text)

    def command(self) -> Sequence[str]:
        return ["/usr/sbin/nginx", "-p", str(RUN), "-c", str(RUN / "nginx.conf")]

    def is_ready(self) -> bool:
        return all(listens(port) for port in (self.http_port, self.https_port, self.redirect_port))
