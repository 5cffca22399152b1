"""The units in samples/systemd fit the command that they start."""

import configparser
import os
import pathlib
import shlex
import shutil
import subprocess

import pytest

from daemon import PROGRAM

UNITS = pathlib.Path(os.environ["QRY_SOURCE"]) / "samples" / "systemd"


def unit(name: str) -> configparser.ConfigParser:
    read = configparser.ConfigParser(strict=False, interpolation=None)
    read.optionxform = str
    read.read(UNITS / name)
    return read


def test_the_service_starts_the_command_as_installed_and_waits_long_enough():
    service = unit("qry-host.service")["Service"]
    program, *arguments = shlex.split(service["ExecStart"])
    assert program == "/usr/local/bin/qry-host" and arguments[0] == "serve"
    # Understood, and only --help keeps it from listening.
    done = subprocess.run([PROGRAM, *arguments, "--help"], capture_output=True, text=True)
    assert done.returncode == 0 and "--drain" in done.stdout
    drain = arguments[arguments.index("--drain") + 1]
    assert drain.endswith("s") and int(service["TimeoutStopSec"]) >= int(drain[:-1]) + 3
    assert service["Type"] == "notify" and service["KillMode"] == "mixed"


def test_the_socket_is_where_programs_look_and_for_the_services_user_alone():
    door = unit("qry-host.socket")["Socket"]
    assert door["ListenStream"] == "/run/qry-host.sock"
    assert door["SocketMode"] == "0600"
    assert door["SocketUser"] == unit("qry-host.service")["Service"]["User"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze here")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path):
    for name in ("qry-host.service", "qry-host.socket"):
        text = (UNITS / name).read_text().replace("/usr/local/bin/qry-host", str(PROGRAM))
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / "qry-host.service",
         tmp_path / "qry-host.socket"],
        capture_output=True, text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
