import json
import sqlite3


def test_tables_are_listed(shop):
    done = shop("schema", "show", "shop")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["table", "kind", "columns", "rows", "comment"]
    names = [line.split()[0].rsplit(".", 1)[-1] for line in lines[1:]]
    assert names == ["customers", "orders"]
    assert done.stderr.startswith("2 tables, 6 columns, read ")


def test_one_table_shows_columns_and_keys(shop):
    done = shop("schema", "show", "shop", "orders")
    assert "customer_id" in done.stdout
    assert "primary key (id)" in done.stdout
    assert "foreign key (customer_id) to " in done.stdout
    table = json.loads(shop("schema", "show", "shop", "orders", "--json").stdout)
    assert [c["name"] for c in table["columns"]] == ["id", "customer_id", "total", "note"]
    missing = shop("schema", "show", "shop", "nowhere")
    assert missing.returncode == 2
    assert "--search nowhere" in missing.stderr


def test_a_search_finds_tables_and_columns(shop):
    hits = json.loads(shop("schema", "show", "shop", "--search", "customer", "--json").stdout)
    assert [h["name"].split(".", 1)[-1] for h in hits] == ["customers", "orders.customer_id"]
    assert [h["what"] for h in hits] == ["table", "column"]
    nothing = shop("schema", "show", "shop", "--search", "zebra")
    assert nothing.returncode == 0
    assert "nothing matches 'zebra'" in nothing.stderr


def test_a_prompt_keeps_its_budget(shop):
    full = shop("schema", "show", "shop", "--prompt", "1000").stdout
    assert "customers" in full and "orders" in full
    for tokens in (0, 1, 10, 30, 50):
        text = shop("schema", "show", "shop", "--prompt", str(tokens)).stdout
        assert len(text.encode()) <= 4 * tokens
    asked = shop("schema", "show", "shop", "--prompt", "1000", "--question", "total of orders")
    assert "orders (" in asked.stdout.splitlines()[0]


def test_a_refresh_tells_what_changed(shop, shop_file):
    first = shop("schema", "refresh", "shop")
    assert first.returncode == 0, first.stderr
    assert shop("schema", "refresh", "shop").stdout == "nothing changed\n"
    with sqlite3.connect(shop_file) as db:
        db.executescript(
            "alter table orders rename column note to remark; create table suppliers (id integer);"
        )
    db.close()
    lines = shop("schema", "refresh", "shop").stdout.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("+ table ") and lines[0].endswith("suppliers")
    assert "orders.note renamed to " in lines[1] and lines[1].endswith("orders.remark")


def test_the_schema_is_kept_from_one_command_to_the_next(shop, shop_file):
    shop("schema", "refresh", "shop")
    shop_file.unlink()
    assert shop("schema", "show", "shop").stdout.count("\n") == 3
    listed = json.loads(shop("datasource", "list", "--json").stdout)
    assert listed[0]["schema"] == "fresh"


def test_an_age_of_zero_reads_the_schema_anew(shop, shop_file):
    def tables(*args):
        done = shop("schema", "show", "shop", "--json", *args)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)["table_count"]

    assert tables() == 2
    with sqlite3.connect(shop_file) as db:
        db.execute("create table later (x)")
    db.close()
    assert tables() == 2
    assert tables("--max-age", "0") == 3
    with sqlite3.connect(shop_file) as db:
        db.execute("create table last (x)")
    db.close()
    assert tables("--max-age", "0s") == 4


def test_numbers_and_ages_that_make_no_sense_are_refused(shop):
    for args, text in (
        (["--prompt=-5"], "--prompt is '-5'; expected a whole number from 0"),
        (["--prompt", "many"], "--prompt is 'many'; expected"),
        (["--limit", "99999999999999999999"], "--limit is '99999999999999999999'; expected"),
        (["--max-age", ""], "parameter '--max-age': '' is not a duration"),
        (["--max-age", "0.0.0"], "parameter '--max-age': '0.0.0' is not a duration"),
        (["--max-age=-1"], "parameter '--max-age': '-1' must be longer than zero"),
    ):
        done = shop("schema", "show", "shop", *args)
        assert done.returncode == 2
        assert done.stderr.startswith("error: " + text)
