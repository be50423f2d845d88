"""What each command of `python3 -m lab` does, given its options; each returns the exit status."""

import argparse
import shutil

from lab import leftovers, paths, provision
from lab.chaos.runner import chaos
from lab.containers.trial import containers
from lab.demo import demo
from lab.errors import LabError
from lab.i18n import i18n
from lab.odoo_test import odoo_test
from lab.recipes import AUDIO_TOOLS, BROWSER_TOOLS, HOST_TOOLS, RECIPES
from lab.record import record_all
from lab.screenshots import screenshots
from lab.tutorial import tutorial
from lab.up import up


def do_provision(options: argparse.Namespace) -> int:
    """Fill the cache folder."""
    tools = dict(HOST_TOOLS)
    tools |= BROWSER_TOOLS if options.browser else {}
    tools |= AUDIO_TOOLS if options.audio else {}
    provision.provision(options.chroot, tools)
    return 0


def do_possible(_: argparse.Namespace) -> int:
    """Tell on stdout why this machine can't run the lab, with status 1; say nothing if it can."""
    try:
        provision.require_machine()
    except LabError as why:
        print(why)
        return 1
    return 0


def do_status(_: argparse.Namespace) -> int:
    """Tell what the cache holds, and which labs run."""
    print(f"cache {paths.cache()}")
    for recipe in RECIPES.values():
        state = "ready" if provision.is_current(recipe) else "missing: python3 -m lab provision"
        print(f"  chroot {recipe.name}: {state}")
    for kept in sorted(paths.cache().glob("odoo-*")):
        if kept.is_dir():
            print(f"  template {kept.name}")
    for folder, owned in leftovers.runs():
        state = "running" if owned else "abandoned: python3 -m lab clean"
        print(f"lab {folder}: {state}, {len(list(leftovers.processes(folder)))} processes")
    return 0


def do_clean(options: argparse.Namespace) -> int:
    """End and delete what labs left whose owner died; with --cache the cache folder as well."""
    for line in leftovers.clean():
        print(line)
    if options.cache:
        shutil.rmtree(paths.cache(), ignore_errors=True)
        print(f"deleted {paths.cache()}")
    return 0


def do_up(options: argparse.Namespace) -> int:
    """Bring everything up."""
    provision.provision()
    return up(options.asterisk, not options.no_agent)


def do_demo(options: argparse.Namespace) -> int:
    """Show the main job."""
    return demo(options.asterisk, options.once, options.json)


def do_chaos(options: argparse.Namespace) -> int:
    """Break everything, and compare."""
    report = chaos(options.seed, options.minutes, options.asterisk, options.json, options.keep)
    return 1 if report.bad else 0


def do_attack(options: argparse.Namespace) -> int:
    """Play the table of attacks."""
    # Looks into the kernel with the agent's own code; all other commands need Python alone.
    from lab.attack.table import attack

    return 1 if attack(options.asterisk, options.row, as_json=options.json) else 0


def do_containers(options: argparse.Namespace) -> int:
    """Build the images, and run docker-compose.yml."""
    return containers(options.asterisk, options.json, options.only)


def do_tutorial(options: argparse.Namespace) -> int:
    """Follow the tutorial."""
    return tutorial(options.asterisk)


def do_odoo_test(options: argparse.Namespace) -> int:
    """Run addons' own tests."""
    provision.provision(["bullseye"])
    return odoo_test(options.modules.split(","), options.tags, options.keep_db)


def do_i18n(_options: argparse.Namespace) -> int:
    """Write the terms of the addons."""
    provision.provision(["bullseye"])
    return i18n()


def do_screenshots(_options: argparse.Namespace) -> int:
    """Make the pictures of the docs."""
    provision.provision()
    return screenshots(22)


def do_record(options: argparse.Namespace) -> int:
    """Record AMI streams."""
    provision.provision()
    record_all(options.situation, options.asterisk or [16, 22], options.to)
    return 0
