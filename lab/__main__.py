"""`python3 -m lab <command>`."""

import argparse
import sys
from pathlib import Path

from lab import provision
from lab.errors import LabError
from lab.odoo_test import odoo_test
from lab.progress import say
from lab.recipes import AUDIO_TOOLS, BROWSER_TOOLS, HOST_TOOLS, RECIPES
from lab.record import record_all
from lab.stack import end_on_sigterm


def _provision(options: argparse.Namespace) -> int:
    tools = dict(HOST_TOOLS)
    tools |= BROWSER_TOOLS if options.browser else {}
    tools |= AUDIO_TOOLS if options.audio else {}
    provision.provision(options.chroot, tools)
    return 0


def _odoo_test(options: argparse.Namespace) -> int:
    return odoo_test(options.modules.split(","), options.tags, options.keep_db)


def _record(options: argparse.Namespace) -> int:
    record_all(options.situation, options.asterisk or [16, 22], options.to)
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    top = argparse.ArgumentParser(prog="python3 -m lab", description=__doc__)
    commands = top.add_subparsers(required=True, metavar="command")
    command = commands.add_parser("provision", help="fill the cache folder (LAB_CACHE)")
    command.add_argument("chroot", nargs="*", metavar="|".join(RECIPES), help="default: all")
    command.add_argument("--browser", action="store_true", help="also install Chromium on the host")
    command.add_argument("--audio", action="store_true", help="also install baresip on the host")
    command.set_defaults(run=_provision)
    command = commands.add_parser("odoo-test", help="run addons' own tests on a database made for them")
    command.add_argument("--modules", required=True, help="comma separated, for example asterisk_plus")
    command.add_argument("--tags", default="", help="Odoo's --test-tags, for example /asterisk_plus:TestCall")
    command.add_argument("--keep-db", action="store_true", help="keep the run folder with the database")
    command.set_defaults(run=_odoo_test)
    command = commands.add_parser("record", help="write the AMI stream of situations to files")
    command.add_argument("situation", nargs="*", help="default: all; see lab/situations.py")
    command.add_argument("--asterisk", type=int, choices=(16, 22), action="append", help="default: both")
    command.add_argument("--to", type=Path, required=True, help="folder for <situation>.<version>.ami")
    command.set_defaults(run=_record)
    return top


def main() -> int:
    """Run one command; return its exit status: 0 good, 1 the command's own failure, 2 the lab's."""
    options = parser().parse_args()
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
