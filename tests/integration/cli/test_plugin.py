"""qry-host plugin new: what it makes, and what it refuses. That the trees build is tested with the installed SDK."""

import json
import re

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
