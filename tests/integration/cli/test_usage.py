import json
import shutil
from pathlib import Path

import pytest

COMMANDS = [
    [],
    ["drivers"],
    ["drivers", "show"],
    ["datasource"],
    ["datasource", "add"],
    ["datasource", "list"],
    ["datasource", "show"],
    ["datasource", "edit"],
    ["datasource", "rename"],
    ["datasource", "remove"],
    ["datasource", "test"],
    ["schema"],
    ["schema", "show"],
    ["schema", "refresh"],
    ["query"],
    ["secrets"],
    ["secrets", "check"],
    ["secrets", "rotate"],
    ["doctor"],
    ["serve"],
    ["worker"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_explains_itself_with_an_example(qry, command):
    done = qry(*command, "--help")
    assert done.returncode == 0
    assert "Example" in done.stdout
    assert done.stderr == ""


def test_the_version_is_told(qry):
    done = qry("--version")
    assert done.returncode == 0
    assert done.stdout == "qry-host 0.1.0\n"


@pytest.mark.parametrize(
    "args, hint",
    [
        ([], "hint: see: qry-host --help"),
        (["nonsense"], "hint: see: qry-host --help"),
        (["query"], "hint: see: qry-host query --help"),
        (["query", "shop", "select 1", "--nonsense"], "hint: see: qry-host query --help"),
        (["datasource", "rename", "a"], "hint: see: qry-host datasource rename --help"),
    ],
)
def test_wrong_use_is_one_line_and_a_hint(qry, args, hint):
    done = qry(*args)
    assert done.returncode == 2
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert lines[0].startswith("error: ")
    assert lines[1:] == [hint]


def test_errors_are_json_when_asked_for(qry):
    done = qry("datasource", "show", "nowhere", "--json")
    assert done.returncode == 2
    assert done.stdout == ""
    error = json.loads(done.stderr)["error"]
    assert error["kind"] == "NotFound"
    assert "nowhere" in error["message"]
    assert error["origin"] == "host"
    assert error["retryable"] is False
    assert set(error) >= {"kind", "message", "hint", "sqlstate", "origin", "datasource"}


def test_drivers_are_listed_with_where_they_are(qry):
    done = qry("drivers")
    assert done.returncode == 0
    assert done.stdout.splitlines()[0].split() == [
        "name", "title", "version", "abi", "publisher", "trust", "path",
    ]
    assert "sqlite" in done.stdout
    listed = json.loads(qry("drivers", "--json").stdout)
    sqlite = next(d for d in listed if d["name"] == "sqlite")
    assert sqlite["usable"] is True
    assert sqlite["abi"] == "1.0"


def test_a_driver_shows_its_parameters(qry):
    done = qry("drivers", "show", "sqlite")
    assert done.returncode == 0
    assert "path" in done.stdout
    assert "mode" in done.stdout
    shown = json.loads(qry("--json", "drivers", "show", "sqlite").stdout)
    path = next(p for p in shown["parameters"] if p["name"] == "path")
    assert path["required"] is True
    assert path["secret"] is False


def test_a_bad_plugin_is_listed_with_its_reason(qry, tmp_path):
    folder = tmp_path / "plugins" / "broken"
    folder.mkdir(parents=True)
    (folder / "qry-plugin.json").write_text("{")
    path = f"{tmp_path / 'plugins'}:{qry.env['QRY_PLUGIN_PATH']}"
    done = qry("drivers", "--json", QRY_PLUGIN_PATH=path)
    assert done.returncode == 0
    bad = [d for d in json.loads(done.stdout) if not d["usable"]]
    assert len(bad) == 1
    assert bad[0]["reason"] != ""
    assert "cannot be used because" in qry("drivers", QRY_PLUGIN_PATH=path).stdout


def spoiled_plugins(qry, tmp_path) -> str:
    """A copy of the sqlite plugin, its library changed by one byte since it was installed."""
    folder = tmp_path / "spoiled" / "sqlite"
    shutil.copytree(Path(qry.env["QRY_PLUGIN_PATH"]) / "sqlite", folder)
    library = folder / "libqry_sqlite.so"
    original = library.read_bytes()
    library.write_bytes(original[:-1] + bytes([original[-1] ^ 1]))
    return str(folder.parent)


def test_a_library_that_was_changed_is_listed_as_unusable(qry, tmp_path):
    done = qry("drivers", "--json", QRY_PLUGIN_PATH=spoiled_plugins(qry, tmp_path))
    assert done.returncode == 0
    # The whole one that is installed beside it is listed too.
    (sqlite,) = [d for d in json.loads(done.stdout) if str(tmp_path) in d["path"]]
    assert sqlite["usable"] is False
    assert "the manifest states" in sqlite["reason"]


def test_the_doctor_finds_a_library_that_was_changed(qry, tmp_path):
    done = qry("doctor", "--json", QRY_PLUGIN_PATH=spoiled_plugins(qry, tmp_path))
    assert done.returncode == 1
    found = next(
        f
        for f in json.loads(done.stdout)
        if f["subject"] == "plugin sqlite" and f["severity"] == "error"
    )
    assert "the manifest states" in found["message"]
    assert "spoiled" in found["hint"]


def test_an_unknown_driver_names_the_folders_that_were_searched(qry):
    done = qry("drivers", "show", "oracle9")
    assert done.returncode == 2
    assert "oracle9" in done.stderr


def test_the_doctor_finds_the_registry_and_the_plugins(qry):
    done = qry("doctor")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "registry" in done.stdout
    findings = json.loads(qry("doctor", "--json").stdout)
    assert {f["severity"] for f in findings} <= {"ok", "warning", "error"}


def test_an_unreadable_registry_is_an_error_with_its_path(qry, tmp_path):
    (tmp_path / "registry.db").write_bytes(b"this is no database at all" * 100)
    done = qry("datasource", "list")
    assert done.returncode == 1
    assert "registry.db" in done.stderr
    assert done.stderr.startswith("error: ")


def test_a_log_level_that_is_none_is_told_once_and_names_the_levels(shop):
    done = shop("query", "shop", "select 1", QRY_LOG="bo\x1bgus")
    assert done.returncode == 0
    told = [line for line in done.stderr.splitlines() if "QRY_LOG" in line]
    assert len(told) == 1
    assert "QRY_LOG is 'bo?gus'; expected error, warn, info, debug or trace" in told[0]
    for level in ("", "error", "warn"):
        assert "QRY_LOG" not in shop("query", "shop", "select 1", QRY_LOG=level).stderr
