import json
import os
import pty
import signal
import stat
import subprocess
import time

import pytest

ENDLESS = (
    "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"
)


def test_rows_are_printed_as_a_table(shop):
    done = shop("query", "shop", "select id, note from orders order by id")
    assert done.returncode == 0, done.stderr
    assert done.stdout == (
        'id  note\n'
        '--  ------\n'
        ' 1  NULL\n'
        ' 2  a, "b"\n'
        ' 3  \n'
    )
    assert done.stderr.startswith("3 rows in ")


def test_a_null_differs_from_the_text(shop):
    done = shop("query", "shop", "select null as a, 'NULL' as b, 'x\ny\x1b[31m' as c")
    assert done.stdout.splitlines()[2].split() == ["NULL", '"NULL"', "x\\ny\\x1b[31m"]


def test_wide_characters_are_aligned(shop):
    done = shop("query", "shop", "select '日本' as a, 1 as b union all select 'x', 2")
    assert done.stdout.splitlines()[2:] == ["日本  1", "x     2"]


def test_csv_tells_null_from_empty(shop):
    done = shop("query", "shop", "select id, note from orders order by id", "--format", "csv")
    assert done.stdout == 'id,note\n1,\n2,"a, ""b"""\n3,""\n'


def test_json_is_one_array_of_objects(shop):
    sql = "select id, note, id as id, 0.5 as half from orders order by id"
    done = shop("query", "shop", sql, "--json")
    assert json.loads(done.stdout) == [
        {"id": 1, "note": None, "id_2": 1, "half": 0.5},
        {"id": 2, "note": 'a, "b"', "id_2": 2, "half": 0.5},
        {"id": 3, "note": "", "id_2": 3, "half": 0.5},
    ]
    assert json.loads(shop("query", "shop", "select 1 where false", "--json").stdout) == []


def test_arrow_is_a_stream_in_a_file(shop):
    done = shop("query", "shop", "select id from orders", "--format", "arrow", "-o", "o.arrows")
    assert done.returncode == 0, done.stderr
    stream = (shop.folder / "o.arrows").read_bytes()
    # The marker of the schema's message, and of the end.
    assert stream[:4] == b"\xff\xff\xff\xff"
    assert stream[-8:] == b"\xff\xff\xff\xff\0\0\0\0"


def test_arrow_is_not_written_to_a_terminal(shop):
    ours, theirs = pty.openpty()
    try:
        done = subprocess.run(
            [shop.program, "query", "shop", "select 1", "--format", "arrow"],
            env=shop.env,
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    finally:
        os.close(theirs)
        os.close(ours)
    assert done.returncode == 2
    assert "-o FILE" in done.stderr


def test_an_empty_result_still_has_its_columns(shop):
    done = shop("query", "shop", "select id, name from customers where false")
    assert done.stdout.splitlines()[0].split() == ["id", "name"]
    assert done.stderr.startswith("0 rows in ")


def test_arguments_have_types(shop):
    sql = "select typeof($1), typeof($2), typeof($3), typeof($4), typeof($5), $6"
    args = ["42", "text:42", "null", "007", "hello", "text:text:x"]
    given = [a for value in args for a in ("--arg", value)]
    done = shop("query", "shop", sql, *given, "--format", "csv")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1] == "integer,text,null,text,text,text:x"


def test_an_argument_is_never_pasted_into_the_statement(shop):
    sql = "select count(*) as n from customers where name = $1"
    done = shop("query", "shop", sql, "--arg", "x' or '1'='1", "--json")
    assert json.loads(done.stdout) == [{"n": 0}]


def test_the_statement_is_read_from_standard_input(shop):
    done = shop("query", "shop", "-", "--format", "csv", stdin="select 1 as one\n")
    assert done.stdout == "one\n1\n"


def test_a_limit_ends_the_result(shop):
    done = shop("query", "shop", "select id from orders order by id", "--limit", "2", "--json")
    assert json.loads(done.stdout) == [{"id": 1}, {"id": 2}]


def test_a_file_appears_only_when_complete(shop, tmp_path):
    out = tmp_path / "out.csv"
    done = shop("query", "shop", "select 1 as x", "--format", "csv", "-o", str(out))
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert out.read_text() == "x\n1\n"
    before = sorted(tmp_path.iterdir())
    failed = shop("query", "shop", "select * from nowhere", "--format", "csv", "-o", str(out))
    assert failed.returncode == 1
    assert out.read_text() == "x\n1\n"
    assert sorted(tmp_path.iterdir()) == before


def test_errors_of_the_server_are_told(shop):
    done = shop("query", "shop", "select * from nowhere")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert "nowhere" in done.stderr
    error = json.loads(shop("query", "shop", "select * from nowhere", "--json").stderr)["error"]
    assert error["kind"] == "QueryError"
    assert error["datasource"] == "shop"


def test_what_cannot_be_asked_for_is_refused(shop):
    assert shop("query", "nowhere", "select 1").returncode == 2
    assert shop("query", "shop", "select 1", "--format", "xml").returncode == 2
    assert shop("query", "shop", "select 1", "--timeout", "0").returncode == 2
    assert shop("query", "shop", "select 1", "-o", "/no/such/folder/x").returncode == 2


def test_the_time_limit_is_named_and_has_its_own_status(shop):
    begin = time.monotonic()
    done = shop("query", "shop", ENDLESS, "--timeout", "300ms", "--json")
    assert done.returncode == 4
    assert time.monotonic() - begin < 10
    error = json.loads(done.stderr)["error"]
    assert error["kind"] == "QueryTimeout"
    assert error["limit"] == 0.3
    assert error["limit_source"] == "query"


def wait_until_running(process):
    """Until the statement keeps a processor busy: nothing else in this command or its worker does."""

    def ticks(pid):
        with open(f"/proc/{pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    def busy_ticks():
        workers = []
        for task in os.listdir(f"/proc/{process.pid}/task"):
            with open(f"/proc/{process.pid}/task/{task}/children") as children:
                workers += children.read().split()
        return sum(map(ticks, [process.pid, *workers]))

    while busy_ticks() < 30 and process.poll() is None:
        time.sleep(0.01)


def test_ctrl_c_cancels_the_query(shop):
    process = shop.start("query", "shop", ENDLESS, "--timeout", "50s")
    wait_until_running(process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert out == ""
    assert err.startswith("error: ")


def test_a_reader_that_goes_away_ends_the_query(shop):
    sql = "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n"
    process = shop.start("query", "shop", sql, "--format", "csv", "--timeout", "50s")
    assert process.stdout.readline() == "i\n"
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(timeout=20) == 0


def test_a_large_result_comes_whole(shop):
    sql = (
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 200000) "
        "select i, 'row ' || i as t from n"
    )
    lines = shop("query", "shop", sql, "--format", "csv").stdout.splitlines()
    assert len(lines) == 200001
    assert lines[-1] == "200000,row 200000"


def test_changes_are_counted(shop, shop_file):
    shop("datasource", "edit", "shop", "-p", "mode=rw")
    done = shop("query", "shop", "update orders set note = 'x' where id < 3")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("2 rows affected in ")


def test_one_changed_row_is_one_row(shop):
    shop("datasource", "edit", "shop", "-p", "mode=rw")
    done = shop("query", "shop", "update orders set note = 'x' where id = 3")
    assert done.stderr.startswith("1 row affected in ")


def test_a_symbolic_link_is_followed(shop, tmp_path):
    (tmp_path / "deep").mkdir()
    link = tmp_path / "link.csv"
    for target in (tmp_path / "deep/there.csv", tmp_path / "deep/not yet.csv"):
        link.unlink(missing_ok=True)
        link.symlink_to(target.relative_to(tmp_path))
        if "there" in target.name:
            target.write_text("old")
        done = shop("query", "shop", "select 1 as x", "--format", "csv", "-o", str(link))
        assert done.returncode == 0, done.stderr
        assert link.is_symlink()
        assert target.read_text() == "x\n1\n"
    assert sorted(p.name for p in (tmp_path / "deep").iterdir()) == ["not yet.csv", "there.csv"]


def test_a_file_that_is_replaced_keeps_its_mode(shop, tmp_path):
    out = tmp_path / "out.csv"
    out.write_text("old")
    out.chmod(0o640)
    assert shop("query", "shop", "select 1 as x", "--format", "csv", "-o", str(out)).returncode == 0
    assert out.read_text() == "x\n1\n"
    assert out.stat().st_mode & 0o7777 == 0o640


def test_a_fifo_is_written_and_stays_one(shop, tmp_path):
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    done = shop("query", "shop", "select 1 as x", "--format", "csv", "-o", str(fifo))
    assert done.returncode == 0, done.stderr
    assert os.read(reader, 100) == b"x\n1\n"
    os.close(reader)
    assert fifo.is_fifo()
    alone = shop("query", "shop", "select 1 as x", "--format", "csv", "-o", str(fifo))
    assert alone.returncode == 2
    assert "nothing reads from it" in alone.stderr


def test_a_device_is_written_and_stays_one(shop, tmp_path):
    device = tmp_path / "null"
    try:
        os.mknod(device, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    except PermissionError:
        pytest.skip("only root may make a device")
    done = shop("query", "shop", "select 1 as x", "--format", "csv", "-o", str(device))
    assert done.returncode == 0, done.stderr
    assert device.is_char_device()


def test_dev_stdout_is_standard_output(shop, tmp_path):
    query = ["query", "shop", "select 1 as x", "--format", "csv", "-o", "/dev/stdout"]
    assert shop(*query).stdout == "x\n1\n"
    with open(tmp_path / "out.csv", "w+") as out:
        out.write("before\n")
        out.flush()
        subprocess.run([shop.program, *query], env=shop.env, stdout=out, check=True)
    assert (tmp_path / "out.csv").read_text() == "before\nx\n1\n"


def test_a_folder_is_refused_before_the_query_runs(shop, tmp_path):
    done = shop("query", "shop", "select * from nowhere", "-o", str(tmp_path))
    assert done.returncode == 2
    assert "Is a directory" in done.stderr


@pytest.mark.parametrize(
    "args, text",
    [
        (["--limit", "x"], "--limit is 'x'; expected a whole number from 0 to 9223372036854775807"),
        (["--limit", "9223372036854775808"], "--limit is '9223372036854775808'; expected"),
        (["--limit=-1"], "--limit is '-1'; expected"),
        (["--limit", ""], "--limit is ''; expected"),
        (["--timeout", ""], "parameter '--timeout': '' is not a duration"),
        (["--timeout", "0"], "parameter '--timeout': '0' must be longer than zero"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused_by_name_and_value(shop, args, text):
    done = shop("query", "shop", "select 1", *args)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: " + text)
    assert "\nhint: " in done.stderr


def test_an_error_names_its_datasource_though_the_name_is_a_part_of_its_words(shop):
    assert shop("datasource", "rename", "shop", "no").returncode == 0
    done = shop("query", "no", "select * from nowhere")
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == "error: no such table: nowhere (datasource 'no')"
