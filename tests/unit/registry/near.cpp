#include "near.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace qry::registry;

TEST_CASE("a mistyped word finds the word that was meant") {
    const std::vector<std::string> known = {"host", "port", "dbname", "sslmode", "user"};
    CHECK(nearest("hostt", known) == "host");
    CHECK(nearest("prot", known) == "port");
    CHECK(nearest("dbnme", known) == "dbname");
    CHECK(nearest("SSLMode", known) == "sslmode");
    CHECK(suggest("usr", known) == "did you mean 'user'?");
}

TEST_CASE("a word that resembles nothing gets the list of known words") {
    const std::vector<std::string> known = {"host", "port"};
    CHECK(nearest("warehouse", known) == std::nullopt);
    CHECK(nearest("", known) == std::nullopt);
    CHECK(suggest("warehouse", known) == "known are: host, port");
    CHECK(suggest("x", {}).empty());
}

TEST_CASE("a word of absurd length costs nothing") {
    const std::vector<std::string> known = {"host", std::string(100'000, 'b')};
    CHECK(nearest(std::string(1'000'000, 'a'), known) == std::nullopt);
    CHECK(nearest("hst", known) == "host");
}
