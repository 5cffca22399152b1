#include "test_registry.hpp"

using namespace qry;
using namespace qry::test;

namespace {

bool skipped() {
    return backends().size() == 1;
}

// Ends all other connections to the server, as an operator or a fail-over does.
void end_connections(const test_registry& where) {
    CHECK(
        where.number("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                     "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()") >= 1
    );
}

std::string with_port(int port) {
    return "postgresql://postgres@127.0.0.1:" + std::to_string(port) + "/postgres";
}

}  // namespace

TEST_CASE("a connection that was dropped between two calls is made again") {
    if (skipped()) return;
    const test_registry where("postgresql");
    const auto db = where.open();
    get(db->create(sales(), {}, "admin"));
    end_connections(where);
    CHECK(get(db->get("sales")).version == 1);
    end_connections(where);
    get(db->create(sales("second"), {}, "admin"));
    CHECK(get(db->audit()).size() == 2);
}

TEST_CASE("a server that was restarted is used again, and one that is down is an error") {
    if (skipped()) return;
    const auto own = postgres_server::start();
    const auto db = get(store::store::open(own->url()));
    get(db->create(sales(), {}, "admin"));
    own->restart();
    CHECK(get(db->get("sales")).version == 1);
    own->stop();
    const error e = failed(db->get("sales"));
    CHECK(e.kind == status::connection_failed);
    CHECK(e.retryable);
    CHECK(e.message.find(with_port(own->port())) != std::string::npos);
    CHECK_FALSE(e.hint.empty());
    own->restart();
    CHECK(get(db->get("sales")).version == 1);
}

TEST_CASE("a commit whose answer was lost is looked up, and not made twice") {
    if (skipped()) return;
    const test_registry where("postgresql");
    const auto db = where.open();
    // Ends the session at its very commit, after everything was written: a deferred trigger runs
    // inside COMMIT. The transaction is undone; the store finds no trace of it and repeats it.
    where.sql(
        "CREATE SEQUENCE {s}ended;"
        "CREATE FUNCTION {s}end_session() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF pg_catalog.nextval('qry_host.ended') = 1 THEN "
        "PERFORM pg_catalog.pg_terminate_backend(pg_catalog.pg_backend_pid()); END IF; "
        "RETURN NULL; END $$;"
        "CREATE CONSTRAINT TRIGGER lost AFTER INSERT ON {s}audit DEFERRABLE INITIALLY DEFERRED "
        "FOR EACH ROW EXECUTE FUNCTION {s}end_session()"
    );
    const auto row = get(db->create(sales(), {{"password", "token"}}, "admin"));
    CHECK(row.version == 1);
    CHECK(get(db->list()).size() == 1);
    CHECK(get(db->all_tokens()).size() == 1);
    CHECK(get(db->audit()).size() == 1);
    CHECK(where.number("SELECT last_value FROM {s}ended") == 2);
}

TEST_CASE("a lock that is not given in time is an error, and the store works on") {
    if (skipped()) return;
    const test_registry where("postgresql");
    const auto db = where.open({.patience = std::chrono::milliseconds(50)});
    const auto row = get(db->create(sales(), {}, "admin"));
    const auto other = get(store::connect_postgresql(where.location(), std::chrono::seconds(1)));
    get(other->begin(store::access::write));
    get(other->script("UPDATE {s}datasource SET state = state"));
    const error e = failed(db->update(row, 1, {}, "admin"));
    CHECK(e.kind == status::resource_limit);
    CHECK(e.retryable);
    other->rollback();
    CHECK(get(db->update(row, 1, {}, "admin")).version == 2);
}

TEST_CASE("a search_path full of traps changes nothing") {
    if (skipped()) return;
    const test_registry where("postgresql");
    where.sql(
        "DROP SCHEMA IF EXISTS evil CASCADE; CREATE SCHEMA evil;"
        "CREATE TABLE evil.datasource (x int); CREATE TABLE evil.schema_version (x int);"
        "CREATE FUNCTION evil.wrong(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT false';"
        "CREATE OPERATOR evil.= (FUNCTION = evil.wrong, LEFTARG = text, RIGHTARG = text)"
    );
    const std::string url = where.location() + "?options=-csearch_path%3Devil,pg_catalog";
    const auto db = get(store::store::open(url));
    get(db->create(sales(), {}, "admin"));
    CHECK(get(db->get("sales")).version == 1);
    where.sql("DROP SCHEMA evil CASCADE");
}

TEST_CASE("a wrong password is an authentication failure that does not show it") {
    if (skipped()) return;
    const auto own = postgres_server::start("", "host all ann 127.0.0.1/32 scram-sha-256");
    {
        const auto admin = get(store::connect_postgresql(own->url(), std::chrono::seconds(5)));
        get(admin->begin(store::access::write));
        get(admin->script("CREATE ROLE ann LOGIN PASSWORD 'right one'"));
        get(admin->commit());
    }
    const std::string place = "@127.0.0.1:" + std::to_string(own->port()) + "/postgres";
    const error e = failed(store::store::open("postgresql://ann:hunter2" + place));
    CHECK(e.kind == status::authentication_failed);
    CHECK(e.message.find("hunter2") == std::string::npos);
    CHECK(e.detail.find("hunter2") == std::string::npos);

    // With the right one, but without the right to create the schema.
    const error denied = failed(store::store::open("postgresql://ann:right%20one" + place));
    CHECK(denied.kind == status::permission_denied);
    CHECK(denied.hint.find("CREATE SCHEMA qry_host AUTHORIZATION") != std::string::npos);

    {
        const auto admin = get(store::connect_postgresql(own->url(), std::chrono::seconds(5)));
        get(admin->begin(store::access::write));
        get(admin->script("CREATE SCHEMA qry_host AUTHORIZATION ann"));
        get(admin->commit());
    }
    const auto db = get(store::store::open("postgresql://ann:right%20one" + place));
    get(db->create(sales(), {}, "admin"));
    CHECK(db->location() == "postgresql://ann" + place);
}

TEST_CASE("a role that only reads by default may still write the registry") {
    if (skipped()) return;
    const test_registry where("postgresql");
    where.open();
    const std::string url = where.location() + "?options=-cdefault_transaction_read_only%3Don";
    // Our transactions say READ WRITE themselves: the default of a role must not matter.
    get(get(store::store::open(url))->create(sales(), {}, "admin"));
    CHECK(get(where.open()->list()).size() == 1);
}

TEST_CASE("no server at the address is an error that names it") {
    const auto started = std::chrono::steady_clock::now();
    const error e = failed(store::store::open("postgresql://ann:hunter2@127.0.0.1:1/qry"));
    CHECK(e.kind == status::connection_failed);
    CHECK(e.message.find("postgresql://ann@127.0.0.1:1/qry") != std::string::npos);
    CHECK(e.message.find("hunter2") == std::string::npos);
    CHECK(std::chrono::steady_clock::now() - started < std::chrono::seconds(5));
}
