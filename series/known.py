"""The series of Odoo that the addons are built for, and the error of what cannot be built."""

from dataclasses import dataclass

#: The form in which the source is written.
SOURCE = 14


class BuildError(Exception):
    """Something stands in the source that no rule knows; the text says where, and what to do."""


@dataclass(frozen=True, order=True)
class Series:
    """A series of Odoo; what it wants of an addon."""

    major: int

    def __str__(self) -> str:
        return f"{self.major}.0"

    @property
    def has_asset_manifest(self) -> bool:
        """Assets stand in the manifest (15.0: odoo/addons/base/models/ir_asset.py)."""
        return self.major >= 15

    @property
    def is_owl(self) -> bool:
        """Widgets are OWL components, styles Bootstrap 5, the bus a websocket."""
        return self.major >= 16

    @property
    def marks_owl_templates(self) -> bool:
        """A template of OWL says so, or is nobody's (16.0: web/static/src/core/assets.js)."""
        return self.major == 16

    @property
    def has_groups_in_views(self) -> bool:
        """An inherited view is everybody's: groups stand on its elements."""
        return self.major >= 16

    @property
    def has_modifier_expressions(self) -> bool:
        """`invisible` and the like are Python expressions: no `attrs`, no `states`."""
        return self.major >= 17

    @property
    def has_settings_blocks(self) -> bool:
        """The page of settings is made of app, block and setting."""
        return self.major >= 17

    @property
    def says_list(self) -> bool:
        """A view of lines is a `list`, not a `tree`; the chatter is an element of its own."""
        return self.major >= 18

    @property
    def has_translating_environment(self) -> bool:
        """Terms are translated by `self.env._()` (odoo/api.py, Environment.__call__)."""
        return self.major >= 18

    @property
    def has_endless_crons(self) -> bool:
        """ir.cron has neither numbercall nor doall."""
        return self.major >= 18

    @property
    def has_group_ids(self) -> bool:
        """Whose groups something has are its `group_ids`; a group belongs to a privilege."""
        return self.major >= 19

    @property
    def has_constraint_objects(self) -> bool:
        """A constraint of a table is an attribute of its own, not a row of `_sql_constraints`."""
        return self.major >= 19


SERIES = tuple(Series(major) for major in range(14, 20))


def series(name: str) -> Series:
    """Return the series of a name ("17.0"). Raise BuildError for one that is not built."""
    for one in SERIES:
        if str(one) == name:
            return one
    raise BuildError(f"no series {name!r}: choose one of {', '.join(map(str, SERIES))}")
