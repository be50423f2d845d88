"""Several nodes of RabbitMQ that are one cluster, on one machine."""

from collections.abc import Sequence
from pathlib import Path

from lab.component import Component, random_secret
from lab.net import HOST, listens
from lab.rabbitmq import RabbitMQ
from lab.stack import Lab


class Epmd(Component):
    """Erlang's port mapper: the nodes find each other by it, and none of them takes it along."""

    name = "epmd"
    chroot = "sid"
    user = "rabbitmq"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.port = self.take_port()

    def command(self) -> Sequence[str]:
        return ["/usr/bin/epmd", "-address", HOST, "-port", str(self.port)]

    def is_ready(self) -> bool:
        return listens(self.port)


class Node(RabbitMQ):
    """One node of a cluster; `number` counts from 1."""

    def __init__(self, folder: Path, number: int, size: int, epmd: Epmd, secret: str) -> None:
        super().__init__(folder)
        self.external = ""
        self.name, self.node, self.size = f"rabbitmq{number}", f"node{number}", size
        self.epmd_port, self.secret = epmd.port, secret

    def config(self) -> str:
        formation = "cluster_formation.classic_config.nodes"
        peers = "".join(f"{formation}.{n} = node{n}@localhost\n" for n in range(1, self.size + 1))
        backend = "cluster_formation.peer_discovery_backend = classic_config\n"
        return f"{super().config()}{backend}{peers}"

    def prepare(self) -> None:
        super().prepare()
        cookie = self.folder / ".erlang.cookie"
        cookie.write_text(self.secret)
        cookie.chmod(0o400)


class RabbitCluster:
    """A cluster that runs; `uri` names all of its nodes."""

    def __init__(self, lab: Lab, size: int = 3) -> None:
        epmd, secret = lab.start(Epmd(lab.folder / "epmd")), random_secret()
        folders = [lab.folder / f"rabbitmq{number}" for number in range(1, size + 1)]
        self.nodes = [
            Node(folder, number, size, epmd, secret) for number, folder in enumerate(folders, 1)
        ]
        lab.start_together(*self.nodes)

    @property
    def uri(self) -> str:
        return ";".join(node.uri for node in self.nodes)

    def leader(self, queue: str) -> Node:
        """Return the node that leads a quorum queue."""
        node = next(node for node in self.nodes if node.process and node.process.alive)
        rows = node.ctl("-q", "list_queues", "-p", "lab", "--no-table-headers", "name", "leader")
        leaders = dict(row.split("\t") for row in rows.splitlines() if "\t" in row)
        return next(one for one in self.nodes if leaders[queue] == f"{one.node}@localhost")
