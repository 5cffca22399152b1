"""The daemon as an operator runs it; the helpers are those of the package's own tests."""

import os
import pathlib
import sys

TESTS = pathlib.Path(os.environ["QRY_SOURCE"]) / "python" / "tests"
sys.path.insert(0, str(TESTS))
# pytest imports each conftest by this name: the other one goes in by its path.
exec(compile((TESTS / "conftest.py").read_text(), str(TESTS / "conftest.py"), "exec"))  # noqa: S102
