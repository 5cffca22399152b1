"""The installed tree holds what it should, works, and can be moved as a whole."""

import os
import pathlib
import shutil
import subprocess

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


def test_the_sample_plugin_builds_against_the_installed_sdk_alone(installed, tmp_path):
    source = pathlib.Path(os.environ["QRY_SOURCE"]) / "samples" / "hello-plugin-c"
    shutil.copytree(source, tmp_path / "hello")
    for command in (
        ["cmake", "-S", "hello", "-B", "out", f"-DCMAKE_PREFIX_PATH={installed}"],
        ["cmake", "--build", "out"],
    ):
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
    built = list((tmp_path / "out").rglob("libqry_hello*.so"))
    assert len(built) == 1
    done = run(
        installed, str(installed / "bin/qry-host"), "drivers",
        QRY_PLUGIN_PATH=str(built[0].parent.parent),
    )
    assert "hello" in done.stdout, done.stdout + done.stderr
