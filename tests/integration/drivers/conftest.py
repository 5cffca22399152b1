"""The package of the build, and what starts the servers."""

import os
import pathlib
import sys

SOURCE = pathlib.Path(os.environ["QRY_SOURCE"])
BUILD = pathlib.Path(os.environ["QRY_BUILD"]).resolve()
sys.path[:0] = [
    str(pathlib.Path(__file__).parent), str(BUILD / "lib/python3/dist-packages"),
    str(SOURCE / "python" / "tests"), str(SOURCE / "tests" / "support" / "redshift_server"),
]
os.environ["QRY_PLUGIN_PATH"] = str(BUILD / "lib/qry/plugins")
