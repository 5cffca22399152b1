"""The installed tree holds what it should, works, and can be moved as a whole."""

import datetime
import json
import os
import pathlib
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


def build(installed: pathlib.Path, sample: str, folder: pathlib.Path) -> pathlib.Path:
    """The library of a sample that was copied out of the tree and built against what is installed."""
    shutil.copytree(SAMPLES / sample, folder / "source")
    for command in (
        ["cmake", "-S", "source", "-B", "out", f"-DCMAKE_PREFIX_PATH={installed}"],
        ["cmake", "--build", "out", "-j2"],
    ):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr
    (built,) = (folder / "out").rglob("libqry_*.so")
    return built


def test_the_sample_plugin_builds_against_the_installed_sdk_alone(installed, tmp_path):
    built = build(installed, "hello-plugin-c", tmp_path)
    done = run(
        installed, str(installed / "bin/qry-host"), "drivers",
        QRY_PLUGIN_PATH=str(built.parent.parent),
    )
    assert "hello" in done.stdout, done.stdout + done.stderr


@pytest.fixture(scope="module")
def rest_plugin(installed, tmp_path_factory) -> pathlib.Path:
    return build(installed, "http-plugin", tmp_path_factory.mktemp("rest"))


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


def test_the_http_sample_keeps_the_rules(installed, rest_plugin, service, tmp_path):
    about = json.loads((SAMPLES / "http-plugin" / "conformance.json").read_text())
    about["params"]["url"] = service
    about["secrets"] = {"token": "open sesame"}
    (tmp_path / "rest.json").write_text(json.dumps(about))
    done = run(
        installed, str(installed / "bin/qry-conformance"), str(rest_plugin),
        "--params", str(tmp_path / "rest.json"), "--json",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    results = {t["id"]: t["result"] for t in json.loads(done.stdout)["tests"]}
    for test in ("execute.one_row", "execute.error", "result.shape", "cancel.in_the_middle", "connect.unreachable"):
        assert results[test] == "passed", results


READ_A_SERVICE = """
import asyncio, sys, qry_host

async def main(url):
    async with qry_host.open(":memory:", jwt_secret_key="k") as host:
        async def add(name, token):
            return await host.datasources.create(
                name, driver="rest", params={"url": url}, secrets={"token": token})
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


def test_the_http_sample_reads_a_service(installed, rest_plugin, service):
    done = run(
        installed, "/usr/bin/python3", "-c", READ_A_SERVICE, service,
        PYTHONPATH=str(installed / "lib/python3/dist-packages"),
        QRY_PLUGIN_PATH=str(rest_plugin.parent.parent), QRY_EGRESS_ALLOW="127.0.0.0/8",
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
