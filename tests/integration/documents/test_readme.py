"""Every command and snippet of README.md works as it stands there."""

import os
import pathlib
import re
import subprocess

SOURCE = pathlib.Path(os.environ["QRY_SOURCE"])
BUILD = pathlib.Path(os.environ["QRY_BUILD"])


def blocks(language: str) -> list[str]:
    text = (SOURCE / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def run_as_typed(tmp_path: pathlib.Path, script: str) -> subprocess.CompletedProcess:
    # The reader's folders, but not the reader's files: build/readme goes to a temporary folder.
    script = script.replace("$PWD/build/readme", str(tmp_path)).replace(
        "build/readme", str(tmp_path)
    )
    script = script.replace("build/release", str(BUILD))
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("QRY_", "JWT_"))}
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=SOURCE, env=environment, capture_output=True, text=True, timeout=240,
    )


def test_the_shell_commands_of_the_readme_run_in_order(tmp_path):
    script = "\n".join(b for b in blocks("sh") if "quickstart.sh" not in b)
    done = run_as_typed(tmp_path, script)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Blaise" in done.stdout and "Sophie" in done.stdout
    assert "orders" in done.stdout


def test_the_python_snippet_of_the_readme_prints_what_it_says(tmp_path):
    setup = [b for b in blocks("sh") if "export JWT" in b or "make_shop" in b]
    (snippet,) = blocks("python")
    (tmp_path / "snippet.py").write_text(snippet, encoding="utf-8")
    done = run_as_typed(
        tmp_path, "\n".join(setup) + f"\n/usr/bin/python3 {tmp_path}/snippet.py\n"
    )
    assert done.returncode == 0, done.stdout + done.stderr
    promised = re.search(r"rows\(\)\)  # (.*)$", snippet, re.MULTILINE)
    assert promised and promised.group(1) in done.stdout
    assert "nowhere" in done.stdout


def test_the_quickstart_does_the_main_job_on_what_is_built():
    script = "bash samples/quickstart.sh --no-build"
    environment = dict(os.environ, QRY_QUICKSTART_BUILD=str(BUILD))
    done = subprocess.run(
        ["bash", "-c", script], cwd=SOURCE, env=environment, capture_output=True, text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for expected in ("Blaise", "sales: postgresql", "1000", "shop: sqlite", "Done."):
        assert expected in done.stdout, done.stdout + done.stderr
