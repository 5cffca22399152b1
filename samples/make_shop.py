"""Writes the small SQLite database that the quickstart and the README use.

    python3 samples/make_shop.py shop.db
"""

import sqlite3
import sys

SCHEMA = """
create table customers (
    id integer primary key,
    name text not null,
    city text,
    since date not null
);
create table orders (
    id integer primary key,
    customer_id integer not null references customers (id),
    total decimal(10, 2) not null,
    placed timestamp not null,
    paid boolean not null default false
);
create view unpaid as
    select c.name, o.total from orders o join customers c on c.id = o.customer_id where not o.paid;
"""

CUSTOMERS = [
    (1, "Ada", "London", "2021-03-01"),
    (2, "Blaise", "Paris", "2021-05-17"),
    (3, "Carl", "Göttingen", "2022-01-09"),
    (4, "Sophie", "Paris", "2023-11-30"),
    (5, "Emmy", None, "2024-02-29"),
]

ORDERS = [
    (1, 1, "12.50", "2024-03-01 09:30:00", True),
    (2, 2, "99.99", "2024-03-01 10:00:00", False),
    (3, 2, "5.00", "2024-03-02 16:45:10", True),
    (4, 4, "1200.00", "2024-03-05 08:00:00", False),
    (5, 3, "7.25", "2024-03-07 23:59:59", True),
]


def main(path: str) -> None:
    with sqlite3.connect(path) as db:
        db.executescript(SCHEMA)
        db.executemany("insert into customers values (?, ?, ?, ?)", CUSTOMERS)
        db.executemany("insert into orders values (?, ?, ?, ?, ?)", ORDERS)
    db.close()


if __name__ == "__main__":
    main(sys.argv[1])
