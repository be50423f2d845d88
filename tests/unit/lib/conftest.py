"""Makes the addon's plain Python importable as `asterisk_plus_lib`: the addon's own __init__ would
import Odoo.
"""

import importlib.util
import sys
from pathlib import Path

LIB = Path(__file__).parents[3] / "addons/asterisk_plus/lib"
NAME = "asterisk_plus_lib"


def _register() -> None:
    spec = importlib.util.spec_from_file_location(
        NAME, LIB / "__init__.py", submodule_search_locations=[str(LIB)]
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[NAME] = module
    spec.loader.exec_module(module)


if NAME not in sys.modules:
    _register()
