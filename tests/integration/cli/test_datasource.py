import json


def info(qry, name="shop"):
    return json.loads(qry("datasource", "show", name, "--json").stdout)


def test_a_datasource_is_tested_stored_and_listed(qry, shop_file):
    added = qry("datasource", "add", "shop", "--driver", "sqlite", "-p", f"path={shop_file}")
    assert added.returncode == 0, added.stderr
    assert added.stdout == ""
    # The steps of the test, then what was done.
    assert "ok" in added.stderr
    assert added.stderr.splitlines()[-1] == "added datasource 'shop'"
    listed = qry("datasource", "list")
    lines = listed.stdout.splitlines()
    assert lines[0].split() == ["name", "driver", "state", "schema", "checked"]
    assert lines[1].split()[:2] == ["shop", "sqlite"]
    assert [d["name"] for d in json.loads(qry("datasource", "list", "--json").stdout)] == ["shop"]


def test_what_does_not_connect_is_not_stored(qry, tmp_path):
    missing = tmp_path / "missing.db"
    done = qry("datasource", "add", "bad", "--driver", "sqlite", "-p", f"path={missing}")
    assert done.returncode == 1
    assert "error: " in done.stderr
    assert "hint: " in done.stderr
    assert json.loads(qry("datasource", "list", "--json").stdout) == []


def test_a_failed_test_is_one_error_for_programs(qry, tmp_path):
    path = f"path={tmp_path / 'missing.db'}"
    done = qry("datasource", "add", "bad", "--driver", "sqlite", "-p", path, "--json")
    assert done.returncode == 1
    assert done.stdout == ""
    assert list(json.loads(done.stderr)) == ["error"]


def test_it_is_stored_untested_with_no_test(qry, tmp_path):
    missing = tmp_path / "missing.db"
    done = qry(
        "datasource", "add", "bad", "--driver", "sqlite", "-p", f"path={missing}", "--no-test"
    )
    assert done.returncode == 0, done.stderr
    tested = qry("datasource", "test", "bad")
    assert tested.returncode == 1
    assert "failed" in tested.stdout
    assert info(qry, "bad")["state"] == "failed"


def test_a_name_that_is_taken_is_refused(shop, shop_file):
    done = shop("datasource", "add", "shop", "--driver", "sqlite", "-p", f"path={shop_file}")
    assert done.returncode == 1
    # Nothing was connected to: no step stands before the error.
    assert done.stderr.splitlines()[0] == "error: there is a datasource 'shop' already"
    assert done.stderr.splitlines()[1].startswith("hint: ")
    missing = shop("datasource", "add", "shop", "--driver", "sqlite", "-p", "path=/none.db")
    assert missing.stderr == done.stderr


def test_a_test_tells_its_steps(shop):
    done = shop("datasource", "test", "shop")
    assert done.returncode == 0, done.stderr
    assert all(line.split()[0] in ("ok", "connected") for line in done.stdout.splitlines())
    report = json.loads(shop("datasource", "test", "shop", "--json").stdout)
    assert report["ok"] is True
    assert len(report["steps"]) > 0
    assert all(step["ok"] for step in report["steps"])
    assert info(shop)["state"] == "connected"


def test_an_edit_changes_what_it_names_and_nothing_else(shop):
    before = info(shop)
    done = shop(
        "datasource", "edit", "shop", "--timeout", "90s", "--pool-max-size", "3", "-p", "mode=ro"
    )
    assert done.returncode == 0, done.stderr
    after = info(shop)
    assert after["timeout"] == 90
    assert after["pool_max_size"] == 3
    assert after["pool_min_size"] == before["pool_min_size"]
    assert after["params"]["mode"] == "ro"
    assert after["params"]["path"] == before["params"]["path"]
    assert after["version"] > before["version"]


def test_a_datasource_is_renamed_and_removed(shop):
    assert shop("datasource", "rename", "shop", "store").returncode == 0
    assert shop("datasource", "show", "shop").returncode == 2
    assert info(shop, "store")["name"] == "store"
    assert shop("datasource", "remove", "store").returncode == 0
    assert shop("datasource", "remove", "store").returncode == 2


def test_wrong_parameters_are_named(qry, shop_file):
    def add(*args):
        done = qry("datasource", "add", "x", "--driver", "sqlite", "--no-test", *args)
        assert done.returncode == 2, done.stderr
        return done.stderr

    assert "'path'" in add()
    assert "'paht'" in add("-p", "paht=x")
    assert "'mode'" in add("-p", f"path={shop_file}", "-p", "mode=sideways")
    assert "has no value" in add("-p", "path")
    twice = add("-p", "path=a", "-p", "path=b").splitlines()
    assert twice == ["error: the parameter 'path' is given twice", "hint: give each parameter once"]
    assert "pool-max-size is 'x'; expected a whole" in add("-p", "path=a", "--pool-max-size", "x")
    assert "'' is not a duration" in add("-p", "path=a", "--timeout", "")
    for bad in ("0", "-1s", "nan", "soon"):
        assert "timeout" in add("-p", f"path={shop_file}", f"--timeout={bad}")


def test_a_secret_never_stands_on_the_command_line(qry):
    done = qry(
        "datasource", "add", "pg", "--driver", "postgresql", "--no-test",
        "-p", "host=h", "-p", "dbname=d", "-p", "user=u", "--secret", "password=hunter2",
    )
    assert done.returncode == 2
    assert "hunter2" not in done.stderr
    assert "may not stand on the command line" in done.stderr
    assert "--secret NAME=env:VARIABLE" in done.stderr


def add_postgresql(qry, name, secret, **more):
    return qry(
        "datasource", "add", name, "--driver", "postgresql", "--no-test",
        "-p", "host=h", "-p", "dbname=d", "-p", "user=u", "--secret", secret, **more,
    )


def test_secrets_come_from_files_variables_and_standard_input(qry, tmp_path):
    (tmp_path / "pw").write_text("from a file\n")
    for name, secret, more in (
        ("a", f"password=@{tmp_path / 'pw'}", {}),
        ("b", "password=env:PG_PASSWORD", {"PG_PASSWORD": "from a variable"}),
        ("c", "password=-", {"stdin": "from standard input\n"}),
        ("d", "password", {"stdin": "from a line\n"}),
    ):
        done = add_postgresql(qry, name, secret, **more)
        assert done.returncode == 0, done.stderr
        shown = qry("datasource", "show", name)
        assert "(secret)" in shown.stdout
        assert "from " not in shown.stdout
        assert info(qry, name)["secrets"] == ["password"]
    checked = json.loads(qry("secrets", "check", "--json").stdout)
    assert [(r["datasource"], r["key"]) for r in checked["rows"]] == [
        (name, "current") for name in "abcd"
    ]
    registry = (tmp_path / "registry.db").read_bytes()
    assert b"from a" not in registry and b"from standard" not in registry


def test_a_secret_that_cannot_be_read_is_refused(qry, tmp_path):
    assert "cannot read the file" in add_postgresql(qry, "x", f"password=@{tmp_path / 'no'}").stderr
    assert "'NOT_SET'" in add_postgresql(qry, "x", "password=env:NOT_SET").stderr
    assert "empty" in add_postgresql(qry, "x", "password=-", stdin="\n").stderr
    assert "empty" in add_postgresql(qry, "x", "password").stderr


def test_secrets_move_to_a_new_key(qry):
    assert add_postgresql(qry, "pg", "password=-", stdin="s3cret").returncode == 0
    lost = qry("secrets", "check", JWT_SECRET_KEY="another key")
    assert lost.returncode == 5
    assert "Could not decrypt credentials." in lost.stderr
    keys = {"JWT_SECRET_KEY": "another key", "JWT_SECRET_KEY_PREVIOUS": qry.env["JWT_SECRET_KEY"]}
    dry = json.loads(qry("secrets", "rotate", "--dry-run", "--json", **keys).stdout)
    assert dry["rows"][0]["key"] == "previous 1"
    assert dry["resealed"] == 0
    turned = json.loads(qry("secrets", "rotate", "--json", **keys).stdout)
    assert turned["resealed"] == 1
    assert qry("secrets", "check", JWT_SECRET_KEY="another key").returncode == 0
    assert qry("secrets", "check").returncode == 5


def test_a_relative_file_is_stored_as_an_absolute_one(qry, shop_file):
    added = qry("datasource", "add", "shop", "--driver", "sqlite", "-p", "path=shop.db")
    assert added.returncode == 0, added.stderr
    assert info(qry)["params"]["path"] == str(shop_file)
    assert qry("datasource", "edit", "shop", "-p", "path=./other.db").returncode == 0
    assert info(qry)["params"]["path"] == str(shop_file.parent / "other.db")
