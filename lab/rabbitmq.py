"""RabbitMQ: a private node with a user and a virtual host of its own; `AMQP_URI`, if set, wins."""

import os
import socket
from collections.abc import Sequence
from pathlib import Path

from lab.component import RUN, Component, random_secret
from lab.net import HOST

CONFIG = """
listeners.tcp.default = {host}:{port}
default_user = lab
default_pass = {secret}
default_vhost = lab
loopback_users.lab = true
log.console = true
log.file = false
vm_memory_high_watermark.absolute = 1GB
disk_free_limit.absolute = 100MB
"""


class RabbitMQ(Component):
    """A private RabbitMQ node; `uri` is how clients reach it."""

    name = "rabbitmq"
    chroot = "sid"
    user = "rabbitmq"
    stop_s = 20.0
    node = "lab"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.external = os.environ.get("AMQP_URI", "")
        self.port, self.dist_port, self.epmd_port = (self.take_port() for _ in range(3))
        self.secret = random_secret()

    @property
    def uri(self) -> str:
        """Return AMQP_URI if it was set, else this node's."""
        return self.external or f"pyamqp://lab:{self.secret}@{HOST}:{self.port}/lab"

    def addresses(self) -> dict[str, str]:
        return {"amqp": "AMQP_URI of the environment" if self.external else f"{HOST}:{self.port}"}

    def config(self) -> str:
        """Return the text of rabbitmq.conf."""
        return CONFIG.format(host=HOST, port=self.port, secret=self.secret)

    def prepare(self) -> None:
        (self.folder / "rabbitmq.conf").write_text(self.config())
        (self.folder / "enabled_plugins").write_text("[].\n")

    def command(self) -> Sequence[str]:
        return ["/usr/lib/rabbitmq/bin/rabbitmq-server"]

    def environment(self) -> dict[str, str]:
        return {
            "HOME": str(RUN),
            "RABBITMQ_NODENAME": f"{self.node}@localhost",
            "RABBITMQ_DIST_PORT": str(self.dist_port),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_CONFIG_FILE": f"{RUN}/rabbitmq.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{RUN}/enabled_plugins",
            "RABBITMQ_MNESIA_BASE": f"{RUN}/data",
            "RABBITMQ_LOG_BASE": f"{RUN}/log",
            "RABBITMQ_PID_FILE": f"{RUN}/pid",
            "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_EPMD_ADDRESS": HOST,
        }

    def is_ready(self) -> bool:
        """Tell whether it speaks AMQP: its first frame is Connection.Start (method 10, 10)."""
        try:
            with socket.create_connection((HOST, self.port), timeout=2) as probe:
                probe.settimeout(2)
                probe.sendall(b"AMQP\x00\x00\x09\x01")
                return probe.recv(11)[7:] == b"\x00\x0a\x00\x0a"
        except OSError:
            return False

    def start(self) -> None:
        if not self.external:
            super().start()

    def ctl(self, *arguments: str) -> str:
        """Run rabbitmqctl, return its output."""
        status, output = self.run(["/usr/lib/rabbitmq/bin/rabbitmqctl", *arguments])
        if status:
            raise RuntimeError(f"rabbitmqctl {' '.join(arguments)}: {output}")
        return output
