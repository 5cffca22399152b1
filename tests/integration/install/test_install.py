"""The installed tree holds what it should, works, and can be moved as a whole."""

import datetime
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import threading

import pytest

BUILD = pathlib.Path(os.environ["QRY_BUILD"])


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> pathlib.Path:
    first = tmp_path_factory.mktemp("prefix") / "first"
    subprocess.run(
        ["cmake", "--install", str(BUILD), "--prefix", str(first)], check=True, capture_output=True
    )
    moved = first.parent / "moved"
    shutil.move(first, moved)
    return moved


def run(prefix: pathlib.Path, *command: str, **extra: str) -> subprocess.CompletedProcess:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("QRY_")}
    environment.update(extra, QRY_REGISTRY=":memory:", PATH="/usr/bin:/bin")
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, cwd=prefix
    )


@pytest.mark.parametrize("path", [
    "bin/qry-host", "bin/qry-conformance", "lib/libqryhost.so",
    "lib/qry/plugins/sqlite/qry-plugin.json", "lib/qry/plugins/sqlite/libqry_sqlite.so",
    "lib/qry/plugins/postgresql/libqry_postgresql.so", "include/qry/qry.h", "include/qry/host.hpp",
    "lib/python3/dist-packages/qry_host/__init__.py",
    "lib/python3/dist-packages/qry_host/py.typed", "lib/cmake/Qry/QryConfig.cmake",
])
def test_the_installed_tree_holds(installed, path):
    assert (installed / path).exists()


def test_the_moved_command_finds_its_library_and_its_plugins(installed):
    done = run(installed, str(installed / "bin/qry-host"), "drivers")
    assert done.returncode == 0, done.stderr
    assert str(installed / "lib/qry/plugins") in done.stdout


def test_the_moved_package_runs_a_query(installed, tmp_path):
    code = (
        "import asyncio, qry_host\n"
        "async def main():\n"
        "    async with qry_host.open(':memory:') as host:\n"
        "        d = await host.datasources.create('d', driver='sqlite', params={'path': ':memory:'})\n"
        "        print(await (await d.execute('select 40 + 2')).rows())\n"
        "asyncio.run(main())\n"
    )
    done = run(
        installed, "/usr/bin/python3", "-c", code,
        PYTHONPATH=str(installed / "lib/python3/dist-packages"),
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[(42,)]"


SAMPLES = pathlib.Path(os.environ["QRY_SOURCE"]) / "samples"


def succeed(folder: pathlib.Path, *command: str) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("QRY_")}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def new_plugin(installed: pathlib.Path, folder: pathlib.Path, name: str, language: str) -> pathlib.Path:
    """The tree of a new plugin, built outside of this one against what is installed."""
    command = str(installed / "bin/qry-host")
    title = name.capitalize() + " DB"
    succeed(folder, command, "plugin", "new", name, "--lang", language, "--title", title)
    tree = folder / name
    succeed(tree, "cmake", "-S", ".", "-B", "build", f"-DCMAKE_PREFIX_PATH={installed}")
    succeed(tree, "cmake", "--build", "build", "-j2")
    return tree


def keeps_the_rules(tree: pathlib.Path, *tests: str) -> None:
    """By its own ctest, in which these tests of qry-conformance were not skipped."""
    said = succeed(tree, "ctest", "--test-dir", "build", "-V")
    assert "100% tests passed" in said
    passed = re.findall(r"passed +([a-z_.]+)", said)
    assert set(tests) <= set(passed), said


def is_called(installed: pathlib.Path, tree: pathlib.Path, name: str) -> None:
    done = run(
        installed, str(installed / "bin/qry-host"), "drivers", "--json",
        QRY_PLUGIN_PATH=str(tree / "build/lib/qry/plugins"),
    )
    (about,) = [d for d in json.loads(done.stdout) if d["name"] == name]
    assert about["usable"], about["reason"]
    assert about["title"] == name.capitalize() + " DB"
    assert about["publisher"] == "unpublished"


def test_a_new_plugin_in_c_keeps_the_rules_as_it_is(installed, tmp_path):
    tree = new_plugin(installed, tmp_path, "acme", "c")
    keeps_the_rules(tree, "execute.one_row", "types.table")
    is_called(installed, tree, "acme")


def test_the_c_sample_is_built_by_pkg_config_and_a_compiler_alone(installed, tmp_path):
    sample = SAMPLES / "hello-plugin-c"
    flags = subprocess.run(
        ["pkg-config", "--cflags", "qry"], capture_output=True, text=True, check=True,
        env={**os.environ, "PKG_CONFIG_PATH": str(installed / "lib/pkgconfig")},
    ).stdout.split()
    folder = tmp_path / "hello"
    folder.mkdir()
    succeed(
        tmp_path, "gcc", "-std=c11", "-shared", "-fPIC", "-fvisibility=hidden", *flags,
        str(sample / "hello.c"), "-o", str(folder / "libqry_hello.so"),
    )
    shutil.copy(sample / "qry-plugin.json", folder)
    done = run(
        installed, str(installed / "bin/qry-conformance"), str(folder / "libqry_hello.so"),
        "--params", str(sample / "conformance.json"),
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_new_plugin_in_cpp_keeps_the_rules_and_reads_files(installed, tmp_path):
    tree = new_plugin(installed, tmp_path, "acme_2", "cpp")
    keeps_the_rules(
        tree, "execute.error", "result.shape", "introspect.three_parts", "cancel.between_batches",
        "connect.unreachable",
    )
    is_called(installed, tree, "acme_2")
    command = str(installed / "bin/qry-host")
    options = {
        "QRY_PLUGIN_PATH": str(tree / "build/lib/qry/plugins"),
        "JWT_SECRET_KEY": "k",
        "QRY_REGISTRY": str(tmp_path / "registry.db"),
    }

    def host(*words: str) -> str:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("QRY_")}
        done = subprocess.run(
            [command, *words], env={**environment, **options}, capture_output=True, text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    host("datasource", "add", "d", "--driver", "acme_2", "-p", f"folder={tree}/demo")
    rows = host("query", "d", "select * from cities", "--format", "csv").splitlines()
    assert rows == ["name,people", "Lisbon,545796", '"Praia, Cape Verde",159050']
    host("schema", "refresh", "d")
    assert "cities" in host("schema", "show", "d")


@pytest.fixture(scope="module")
def web_plugin(installed, tmp_path_factory) -> pathlib.Path:
    tree = new_plugin(installed, tmp_path_factory.mktemp("web"), "webby", "cpp-http")
    return tree / "build/lib/qry/plugins/webby/libqry_webby.so"


def test_a_new_plugin_over_http_keeps_the_rules_as_it_is(installed, web_plugin):
    tree = web_plugin.parents[5]
    keeps_the_rules(
        tree, "execute.one_row", "execute.error", "result.shape", "cancel.in_the_middle",
        "connect.unreachable",
    )
    is_called(installed, tree, "webby")


@pytest.fixture
def service():
    sys.path.insert(0, str(SAMPLES / "http-plugin"))
    import demo_service

    server, url = demo_service.serve(token="open sesame")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield url
    demo_service.closing.set()
    server.shutdown()
    server.server_close()


READ_A_SERVICE = """
import asyncio, sys, qry_host

async def main(url):
    async with qry_host.open(":memory:", jwt_secret_key="k") as host:
        async def add(name, token):
            return await host.datasources.create(
                name, driver="webby", params={"url": url}, secrets={"token": token})
        d = await add("d", "open sesame")
        for row in await (await d.execute("select * from values -- all of it")).rows():
            print(row)
        print(len(await (await d.execute("SELECT * FROM numbers;")).rows()))
        await d.refresh_schema()
        print([(t.name, len(t.columns)) for t in (await d.schema()).tables])
        try:
            await (await add("w", "tell-tale")).execute("select * from one")
        except qry_host.AuthenticationFailed as e:
            print(e)

asyncio.run(main(sys.argv[1]))
"""


def test_a_new_plugin_over_http_reads_a_service(installed, web_plugin, service):
    done = run(
        installed, "/usr/bin/python3", "-c", READ_A_SERVICE, service,
        PYTHONPATH=str(installed / "lib/python3/dist-packages"),
        QRY_PLUGIN_PATH=str(web_plugin.parent.parent), QRY_EGRESS_ALLOW="127.0.0.0/8",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    least, nulls, count, tables, refused = done.stdout.splitlines()
    time = datetime.datetime(2024, 2, 29, 12, 34, 56, 789_000, datetime.timezone.utc)
    assert least == repr((-(2**63), 0.5, True, "Gr\u00fc\u00dfe", time.date(), time))
    assert nulls == repr((None,) * 6)
    assert count == "120000"
    assert "('cities', 3)" in tables and "('values', 6)" in tables
    assert "token" in refused or "login" in refused
    assert "tell-tale" not in done.stdout + done.stderr
