import json
import os
import pty
import signal
import subprocess
import time

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
