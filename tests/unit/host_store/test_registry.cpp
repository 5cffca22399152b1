#include "test_registry.hpp"

#include <cstdlib>

namespace qry::test {

namespace fs = std::filesystem;

temporary_folder::temporary_folder() {
    std::string pattern = (fs::temp_directory_path() / "qry-store-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
}

temporary_folder::~temporary_folder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

std::vector<std::string> backends() {
    if (!postgres_server::programs().empty()) return {"sqlite", "postgresql"};
    if (std::getenv("QRY_REQUIRE_PEERS") != nullptr) FAIL("PostgreSQL is not installed");
    WARN("skipped for postgresql: no PostgreSQL server is installed");
    return {"sqlite"};
}

postgres_server& server() {
    static const std::unique_ptr<postgres_server> one = postgres_server::start();
    return *one;
}

test_registry::test_registry(const std::string& backend) {
    if (backend == "sqlite") {
        location_ = (folder_.path() / "qry.db").string();
    } else {
        location_ = server().url();
        const auto db = connect();
        get(db->begin(store::access::write));
        get(db->script("DROP SCHEMA IF EXISTS qry_host CASCADE"));
        get(db->commit());
    }
}

std::unique_ptr<store::store> test_registry::open(store::open_options options) const {
    return get(store::store::open(location_, std::move(options)));
}

std::unique_ptr<store::connection> test_registry::connect() const {
    constexpr std::chrono::seconds patience(5);
    return location_.starts_with("postgresql://")
               ? get(store::connect_postgresql(location_, patience))
               : get(store::connect_sqlite(location_, patience));
}

void test_registry::sql(const std::string& statements) const {
    const auto db = connect();
    get(db->begin(store::access::write));
    get(db->script(statements));
    get(db->commit());
}

std::int64_t test_registry::number(const std::string& select) const {
    const auto db = connect();
    get(db->begin(store::access::read));
    const store::outcome out = get(db->run(select, {}));
    db->rollback();
    return std::get<std::int64_t>(out.rows.at(0).at(0));
}

store::datasource_row sales(const std::string& name) {
    store::datasource_row row;
    row.name = name;
    row.driver = "postgresql";
    row.params = {{"host", "db"}, {"dbname", "sales"}};
    row.timeout = std::chrono::seconds(90);
    row.pool_min_size = 2;
    row.pool_max_size = 7;
    row.isolation = "process";
    return row;
}

}  // namespace qry::test
