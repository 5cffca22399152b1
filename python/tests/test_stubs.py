"""The stubs say what the module has, and mypy --strict agrees with how it is used."""

import ast
import pathlib
import re
import shutil
import subprocess

import pytest
from conftest import PACKAGE

from qry_host import _core

STUB = pathlib.Path(PACKAGE) / "qry_host/_core.pyi"
# Made by pybind11, or given by every object.
ORDINARY = {"__init__", "__new__", "__module__", "__doc__", "__repr__", "__eq__", "__hash__"}
# A sequence is iterated by its index.
BY_PROTOCOL = {"__iter__"}


def arguments(docstring):
    """Names of the arguments in a signature that pybind11 wrote."""
    inside = re.search(r"\((.*)\) ->", docstring).group(1)
    depth, name, names = 0, "", []
    for c in inside + ",":
        if c == "," and depth == 0:
            names.append(name.split(":")[0].strip())
            name = ""
            continue
        depth += (c in "[({") - (c in "])}")
        name += c
    return [n for n in names if n]


def stubbed(body):
    return {n.name: n for n in body if isinstance(n, (ast.FunctionDef, ast.ClassDef))}


def functions():
    tree = stubbed(ast.parse(STUB.read_text()).body)
    for name, node in tree.items():
        if name.startswith("_"):
            continue
        if isinstance(node, ast.FunctionDef):
            yield name, node, getattr(_core, name, None)
        else:
            for method, inner in stubbed(node.body).items():
                yield f"{name}.{method}", inner, getattr(getattr(_core, name, None), method, None)


def test_every_public_name_of_the_module_is_in_the_stub_and_the_other_way_round():
    tree = {k: v for k, v in stubbed(ast.parse(STUB.read_text()).body).items() if k[0] != "_"}
    assert set(tree) == {n for n in dir(_core) if not n.startswith("_")}
    for name, node in tree.items():
        if isinstance(node, ast.ClassDef):
            real = {n for n in vars(getattr(_core, name)) if n not in ORDINARY}
            real -= {n for n in real if n.startswith("_pybind11")}
            stub = set(stubbed(node.body)) - ORDINARY - BY_PROTOCOL
            assert stub == real, name


@pytest.mark.parametrize("name, node, real", list(functions()), ids=lambda v: v if isinstance(v, str) else "")
def test_signatures_have_the_same_arguments(name, node, real):
    if name.endswith((".__init__", ".__iter__", ".__getitem__")):
        return
    assert real is not None
    if isinstance(real, property):
        assert any(isinstance(d, ast.Name) and d.id == "property" for d in node.decorator_list)
        return
    documented = arguments(real.__doc__)
    declared = [a.arg for a in node.args.args]
    assert len(documented) == len(declared)
    for ours, theirs in zip(declared[1:] if declared[:1] == ["self"] else declared,
                            documented[1:] if declared[:1] == ["self"] else documented):
        assert theirs in (ours, "arg0", "arg1")


def test_the_package_and_a_sample_of_its_use_pass_mypy(tmp_path):
    mypy = shutil.which("mypy")
    if mypy is None:
        pytest.skip("mypy is not installed")
    sample = pathlib.Path(__file__).with_name("typed_sample.py")
    done = subprocess.run(
        [mypy, "--strict", "--cache-dir", tmp_path, pathlib.Path(PACKAGE) / "qry_host", sample],
        capture_output=True,
        text=True,
        env={"MYPYPATH": PACKAGE, "PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
