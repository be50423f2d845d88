"""`python3 -m lab <command>`: the command line's grammar. What the commands do is in `commands`."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from lab import commands
from lab.errors import LabError
from lab.progress import say
from lab.recipes import RECIPES
from lab.stack import end_on_sigterm

VERSIONS = (16, 22)
#: docker-compose.yml beside the lab's Asterisk and Odoo; the trial's, with its own.
PARTS = ("beside", "trial")


class Grammar:
    """The command line's parser, a method for each command that has options."""

    def __init__(self) -> None:
        self.top = argparse.ArgumentParser(
            prog="python3 -m lab", description="Real components on one machine."
        )
        self._commands = self.top.add_subparsers(required=True, metavar="command")
        self._provision()
        self._add("possible", commands.do_possible, "say why this machine can't run the lab")
        self._add("status", commands.do_status, "what the cache holds, which labs run")
        self._clean()
        self._up()
        self._demo()
        self._chaos()
        self._attack()
        self._containers()
        self._tutorial()
        self._odoo_test()
        self._record()
        self._add("i18n", commands.do_i18n, "write the addons' terms for translators")
        self._add("screenshots", commands.do_screenshots, "make the pictures of the docs")

    def _add(
        self, name: str, run: Callable[[argparse.Namespace], int], text: str
    ) -> argparse.ArgumentParser:
        command = self._commands.add_parser(name, help=text, description=text)
        command.set_defaults(run=run)
        return command

    def _provision(self) -> None:
        command = self._add("provision", commands.do_provision, "fill the cache folder (LAB_CACHE)")
        names = "|".join(RECIPES)
        command.add_argument("chroot", nargs="*", metavar=names, help="default: the usual")
        command.add_argument("--browser", action="store_true", help="also Chromium, on the host")
        command.add_argument("--audio", action="store_true", help="also baresip, on the host")

    def _clean(self) -> None:
        command = self._add("clean", commands.do_clean, "end what labs left whose owner died")
        command.add_argument("--cache", action="store_true", help="also delete the cache folder")

    def _up(self) -> None:
        command = self._add("up", commands.do_up, "bring everything up, stay until Ctrl-C")
        command.add_argument("--asterisk", type=int, choices=VERSIONS, default=22)
        command.add_argument("--no-agent", action="store_true", help="leave the agent to you")

    def _demo(self) -> None:
        command = self._add("demo", commands.do_demo, "show the main job, stay until Ctrl-C")
        command.add_argument("--asterisk", type=int, choices=VERSIONS, default=22)
        command.add_argument("--once", action="store_true", help="end when it was shown")
        command.add_argument("--json", action="store_true", help="one JSON line on stdout")

    def _chaos(self) -> None:
        command = self._add("chaos", commands.do_chaos, "real calls while everything breaks")
        command.add_argument("--minutes", type=float, default=3.0)
        command.add_argument("--seed", type=int, default=1)
        command.add_argument("--asterisk", type=int, choices=VERSIONS, default=22)
        command.add_argument("--json", action="store_true", help="one JSON line on stdout")
        command.add_argument("--keep", action="store_true", help="keep the run folder")

    def _attack(self) -> None:
        command = self._add("attack", commands.do_attack, "guess, forge and flood")
        command.add_argument("--row", action="append", default=[], help="a part of a row's name")
        command.add_argument("--asterisk", type=int, choices=VERSIONS, default=22)
        command.add_argument("--json", action="store_true", help="one JSON line for each row")

    def _containers(self) -> None:
        command = self._add("containers", commands.do_containers, "build and run the images")
        command.add_argument("--only", choices=PARTS, default="", help="default: both files")
        command.add_argument("--asterisk", type=int, choices=VERSIONS, default=22)
        command.add_argument("--json", action="store_true", help="one JSON line on stdout")

    def _tutorial(self) -> None:
        command = self._add("tutorial", commands.do_tutorial, "follow docs/tutorial.md")
        command.add_argument("--asterisk", type=int, choices=VERSIONS, default=22)

    def _odoo_test(self) -> None:
        command = self._add("odoo-test", commands.do_odoo_test, "run addons' own tests")
        command.add_argument("--modules", required=True, help="comma separated")
        command.add_argument("--tags", default="", help="Odoo's --test-tags: /asterisk_plus:TestX")
        command.add_argument("--keep-db", action="store_true", help="keep the run folder")

    def _record(self) -> None:
        command = self._add("record", commands.do_record, "write AMI streams of situations")
        command.add_argument("situation", nargs="*", help="default: all")
        command.add_argument("--asterisk", type=int, choices=VERSIONS, action="append")
        command.add_argument("--to", type=Path, required=True, help="folder")


def main() -> int:
    """Run one command; return its exit status: 0 good, 1 the command's own failure, 2 the lab's."""
    options = Grammar().top.parse_args()
    end_on_sigterm()
    try:
        return int(options.run(options))
    except LabError as problem:
        say(f"error: {problem}")
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
