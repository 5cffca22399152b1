"""qry-host plugin: what `new` makes and refuses, and what `lint` finds. That new trees build is tested with the
installed SDK."""

import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest


@pytest.mark.parametrize("language", ["c", "cpp", "cpp-http"])
def test_a_new_tree_is_under_the_new_name_alone(qry, tmp_path, language):
    done = qry(
        "plugin", "new", "acme", "--lang", language, "--title", "Acme DB", "--publisher", "Acme Ltd."
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == "acme\n"
    assert "ctest" in done.stderr
    tree = tmp_path / "acme"
    manifest = json.loads((tree / "qry-plugin.json").read_text())
    assert (manifest["name"], manifest["title"], manifest["publisher"]) == (
        "acme", "Acme DB", "Acme Ltd.",
    )
    assert manifest["libraries"]["linux-x86_64"]["file"] == "libqry_acme.so"
    old = {"c": "hello", "cpp": "sheets", "cpp-http": "rest"}[language]
    for file in tree.rglob("*"):
        assert not re.search(rf"(?<![A-Za-z]){old}(?![A-Za-z])", file.name)
        if file.is_file():
            assert not re.search(rf"(?<![A-Za-z]){old}(?![A-Za-z])", file.read_text()), file
            assert "QRY samples" not in file.read_text()
    assert {"README.md", "CMakeLists.txt", "conformance.json"} <= {f.name for f in tree.iterdir()}
    # Nothing half-made is left beside it.
    assert [f.name for f in tmp_path.iterdir() if f.name.startswith("acme")] == ["acme"]


def test_it_goes_where_it_is_told_and_says_so_in_json(qry, tmp_path):
    done = qry("--json", "plugin", "new", "acme_2", "--to", "here")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"name": "acme_2", "path": str(tmp_path / "here")}
    assert json.loads((tmp_path / "here/qry-plugin.json").read_text())["title"] == "Acme 2"


@pytest.mark.parametrize("name", ["", "Acme", "2acme", "acme-db", "a" * 33, "../acme", "namespace"])
def test_a_name_that_no_plugin_may_have_is_refused(qry, tmp_path, name):
    done = qry("plugin", "new", name)
    assert done.returncode == 2
    assert f"'{name}'" in done.stderr and "hint: " in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_what_is_there_is_left_alone(qry, tmp_path):
    (tmp_path / "acme").write_text("mine")
    done = qry("plugin", "new", "acme")
    assert done.returncode == 1
    assert "acme' is there already" in done.stderr and "--to" in done.stderr
    assert (tmp_path / "acme").read_text() == "mine"


def test_a_folder_that_cannot_be_made_is_named(qry, tmp_path):
    done = qry("plugin", "new", "acme", "--to", "nowhere/acme")
    assert done.returncode == 1
    assert "nowhere/acme" in done.stderr
    assert list(tmp_path.iterdir()) == []


SOURCE = pathlib.Path(os.environ["QRY_SOURCE"])


def built(folder: pathlib.Path, *flags: str, release: str = "1.0.0", **manifest) -> pathlib.Path:
    """The C sample, linked with these flags, beside its manifest with these changes."""
    sample = SOURCE / "samples/hello-plugin-c"
    folder.mkdir()
    code = (sample / "hello.c").read_text().replace('"1.0.0"', f'"{release}"')
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-std=c11", "-I", SOURCE / "sdk/include", "-x", "c", "-",
         "-o", folder / "libqry_hello.so", *flags],
        input=code, text=True, check=True,
    )
    about = json.loads((sample / "qry-plugin.json").read_text()) | {"version": release} | manifest
    digest = hashlib.sha256((folder / "libqry_hello.so").read_bytes()).hexdigest()
    if not manifest.get("libraries"):
        about["libraries"]["linux-x86_64"]["sha256"] = digest
    (folder / "qry-plugin.json").write_text(json.dumps(about))
    return folder


HIDDEN = ["-fvisibility=hidden"]


def test_lint_finds_nothing_wrong_with_what_the_sdk_builds(qry, tmp_path):
    folder = built(tmp_path / "hello", *HIDDEN)
    done = qry("plugin", "lint", str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in done.stdout and "error" not in done.stdout
    assert "hello 1.0.0, ABI 1.0" in done.stdout


@pytest.mark.parametrize("check, result, says, flags, manifest", [
    ("symbols", "error", "tell_tale", ["-Wl,--defsym=tell_tale=0x10"], {}),
    ("rpath", "error", "/opt/lib", ["-Wl,-rpath,/opt/lib"], {}),
    ("rpath", "error", "/opt/lib", ["-Wl,-rpath,$ORIGIN:/opt/lib,--disable-new-dtags"], {}),
    ("rpath", "ok", "$ORIGIN/lib", ["-Wl,-rpath,$ORIGIN/lib"], {}),
    ("stack", "error", "-z noexecstack", ["-z", "execstack"], {}),
    ("libraries", "warning", "libubsan", ["-Wl,--no-as-needed", "-lubsan"], {}),
    ("licence", "warning", "SPDX", [], {"license": ""}),
    ("licence", "warning", "publisher", [], {"publisher": "unpublished"}),
    ("hosts", "warning", "libssl", ["-Wl,--no-as-needed", "-lssl"], {}),
    ("hosts", "ok", "{host}", ["-Wl,--no-as-needed", "-lssl"], {
        "hosts": ["{host}"],
        "parameters": {"type": "object", "properties": {"host": {"type": "string"}}},
    }),
    ("secrets", "warning", "'accessToken'", [], {"parameters": {"type": "object", "properties": {
        "accessToken": {"type": "string"}, "tokenUrl": {"type": "string"},
        "password": {"type": "string", "secret": True}}}}),
    ("digest", "warning", "SHA-256", [], {"libraries": {
        "linux-x86_64": {"file": "libqry_hello.so", "sha256": ""}}}),
    ("plugin", "error", "SHA-256", [], {"libraries": {
        "linux-x86_64": {"file": "libqry_hello.so", "sha256": "0" * 64}}}),
    ("plugin", "error", "version", [], {"version": "2.0.0"}),
])
def test_lint_names_what_would_not_do_elsewhere(qry, tmp_path, check, result, says, flags, manifest):
    folder = built(tmp_path / "hello", *HIDDEN, *flags, **manifest)
    done = qry("--json", "plugin", "lint", str(folder))
    assert done.returncode == (1 if result == "error" else 0), done.stdout + done.stderr
    (found,) = [f for f in json.loads(done.stdout) if f["check"] == check]
    assert found["result"] == result, done.stdout
    assert says in found["text"]


def test_lint_of_what_is_no_plugin_says_what_to_name(qry, tmp_path):
    done = qry("plugin", "lint", str(tmp_path))
    assert done.returncode == 2
    assert str(tmp_path) in done.stderr and "qry-plugin.json" in done.stderr


def drivers(qry) -> dict:
    return {d["name"]: d for d in json.loads(qry("--json", "drivers").stdout)}


def test_a_plugin_is_installed_used_replaced_and_removed(qry, tmp_path):
    first = built(tmp_path / "first", *HIDDEN)
    done = qry("plugin", "install", str(first))
    assert done.returncode == 0, done.stderr
    home = tmp_path / "data/qry/plugins"
    assert done.stdout == f"hello 1.0.0 in {home}/hello\n"
    assert drivers(qry)["hello"]["path"] == f"{home}/hello/libqry_hello.so"
    assert qry("datasource", "add", "h", "--driver", "hello").returncode == 0
    assert "hello, you" in qry("query", "h", "you").stdout
    # One that is on its way there is not seen.
    shutil.copytree(first, home / ".hello.1")
    listed = json.loads(qry("--json", "drivers").stdout)
    assert [d["name"] for d in listed].count("hello") == 1
    shutil.rmtree(home / ".hello.1")
    # The same again, and nothing else left in the folder.
    assert qry("plugin", "install", str(first)).returncode == 0
    assert [f.name for f in home.iterdir()] == ["hello"]
    assert qry("plugin", "remove", "hello").returncode == 0
    assert list(home.iterdir()) == []
    assert "hello" not in drivers(qry)
    again = qry("plugin", "remove", "hello")
    assert again.returncode == 2 and "'hello' is not installed" in again.stderr


def test_an_older_version_is_not_installed_over_a_newer_one(qry, tmp_path):
    old = built(tmp_path / "old", *HIDDEN)
    new = built(tmp_path / "new", *HIDDEN, release="1.10.0")
    assert qry("plugin", "install", str(new)).returncode == 0
    refused = qry("plugin", "install", str(old))
    assert refused.returncode == 1
    assert "1.10.0 is installed" in refused.stderr and "--force" in refused.stderr
    assert drivers(qry)["hello"]["version"] == "1.10.0"
    assert qry("plugin", "install", str(old), "--force").returncode == 0
    assert drivers(qry)["hello"]["version"] == "1.0.0"


def test_what_lint_calls_an_error_is_not_installed(qry, tmp_path):
    bad = built(tmp_path / "bad", *HIDDEN, "-z", "execstack")
    done = qry("plugin", "install", str(bad))
    assert done.returncode == 1
    assert "executable stack" in done.stderr and "plugin lint" in done.stderr
    assert not (tmp_path / "data/qry/plugins/hello").exists()


@pytest.mark.parametrize("name", ["..", "../..", "sqlite", "", "."])
def test_only_what_was_installed_is_removed(qry, tmp_path, name):
    assert qry("plugin", "install", str(built(tmp_path / "h", *HIDDEN))).returncode == 0
    done = qry("plugin", "remove", name)
    assert done.returncode == 2 and "not installed" in done.stderr
    assert (tmp_path / "data/qry/plugins/hello/libqry_hello.so").exists()
    assert (tmp_path / "h/libqry_hello.so").exists()
