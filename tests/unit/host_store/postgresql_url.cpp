#include "store/postgresql_url.hpp"

#include <catch2/catch.hpp>

using namespace qry::store;

TEST_CASE("a URL is shown without its password") {
    using pair = std::pair<std::string, std::string>;
    const auto [url, shown] = GENERATE(values<pair>(
        {{"postgresql://ann:hunter2@db.example:6543/qry", "postgresql://ann@db.example:6543/qry"},
         {"postgres://ann:hunter2@db/qry", "postgresql://ann@db/qry"},
         {"postgresql://db/qry?user=ann&password=hunter2", "postgresql://ann@db/qry"},
         {"postgresql:///qry?host=/run/pg&port=5433&password=hunter2",
          "postgresql:///qry?host=/run/pg&port=5433"},
         {"postgresql://", "postgresql:///"}}
    ));
    const auto read = read_postgresql_url(url);
    REQUIRE(read.has_value());
    CHECK(read->shown == shown);
    CHECK(read->password.reveal() == (url == "postgresql://" ? "" : "hunter2"));
}

TEST_CASE("a URL that cannot be read is refused without quoting any of it") {
    const std::string url = GENERATE(
        as<std::string>{},
        "postgresql://ann:hunter%zz2@db/qry",
        "postgresql://ann:hunter2@[::1/qry",
        "postgresql://ann:hunter2@db/qry?nonsense=hunter2",
        "postgresql://ann:hun ter2@db/qry?x"
    );
    CAPTURE(url);
    const auto read = read_postgresql_url(url);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().kind == qry::status::invalid_parameter);
    CHECK(read.error().parameter == "registry");
    for (const std::string& text : {read.error().message, read.error().hint, read.error().detail})
        CHECK(text.find("hun") == std::string::npos);
}

TEST_CASE("a message that quotes the password is shown with stars") {
    CHECK(without_password("ab hunter2 hunter2", qry::secret("hunter2")) == "ab *** ***");
    CHECK(without_password("nothing here", qry::secret("hunter2")) == "nothing here");
    CHECK(without_password("nothing here", qry::secret()) == "nothing here");
}
