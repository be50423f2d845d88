from . import click, seen
