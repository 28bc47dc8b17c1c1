"""Python packages that tests compare with. They are no part of what this project needs, so a test that wants one asks here."""

import importlib
import os
import sys


def or_none(name):
    """The package NAME. Where this interpreter lacks it, the script starts again with the one that TESSERA_ORACLE_PYTHON
    names (tools/test makes one); without that either, None."""
    try:
        return importlib.import_module(name)
    except ImportError:
        pass
    other = os.environ.pop("TESSERA_ORACLE_PYTHON", None)
    if other:
        sys.stdout.flush()
        os.execv(other, [other, *sys.argv])
    return None


def or_skip(name):
    """The same; without the package the test is skipped."""
    module = or_none(name)
    if module is not None:
        return module
    why = os.environ.get("TESSERA_ORACLE_MISSING", "")
    print(f"SKIPPED: the Python package {name} is not installed" + (f" ({why})" if why else ""))
    sys.exit(77)
