#include <catch2/catch.hpp>

#include <string>
#include <vector>

#include "messages.hpp"

using namespace qry::postgresql;

namespace {

std::vector<std::uint8_t> bytes(const std::string& text) {
    return {text.begin(), text.end()};
}

}  // namespace

TEST_CASE("a row description gives names, types and modifiers; every cut of it gives nothing") {
    const std::string one = std::string("\0\1", 2) + "a" + '\0' + std::string("\0\0\0\0\0\0", 6) +
                            std::string("\0\0\6\xa4", 4) + std::string("\xff\xff", 2) +
                            std::string("\0\x0c\0\6", 4) + std::string("\0\0", 2);
    const auto columns = read_row_description(bytes(one));
    REQUIRE(columns);
    REQUIRE(columns->size() == 1);
    CHECK((*columns)[0] == column_description{"a", 1700, 0x0c0006});
    for (std::size_t cut = 0; cut < one.size(); ++cut) {
        CHECK_FALSE(read_row_description(bytes(one.substr(0, cut))));
    }
    CHECK_FALSE(read_row_description(bytes(one + "x")));
}

TEST_CASE("data rows are read only when every length holds") {
    std::vector<cell> cells(2);
    const std::string row = std::string("\0\2", 2) + std::string("\0\0\0\3", 4) + "abc" +
                            std::string("\xff\xff\xff\xff", 4);
    REQUIRE(read_data_row(bytes(row), cells));
    for (std::size_t cut = 0; cut < row.size(); ++cut) {
        CHECK_FALSE(read_data_row(bytes(row.substr(0, cut)), cells));
    }
    CHECK_FALSE(read_data_row(bytes(row + "x"), cells));
    const std::string negative = std::string("\0\2", 2) + std::string("\xff\xff\xff\xfe", 4) +
                                 std::string("\xff\xff\xff\xff", 4);
    CHECK_FALSE(read_data_row(bytes(negative), cells));
    std::vector<cell> three(3);
    CHECK_FALSE(read_data_row(bytes(row), three));
}

TEST_CASE("command tags give the words and the last number") {
    const auto tag = [](const std::string& text) { return *read_command_tag(bytes(text + '\0')); };
    CHECK(tag("INSERT 0 5").name == "INSERT");
    CHECK(tag("INSERT 0 5").rows == 5);
    CHECK(tag("SELECT 12").rows == 12);
    CHECK(tag("CREATE TABLE").name == "CREATE TABLE");
    CHECK(tag("CREATE TABLE").rows == -1);
    CHECK_FALSE(read_command_tag(bytes("SELECT 1")));
}

TEST_CASE("an error message keeps the untranslated severity") {
    const std::string body = std::string("SFATALE") + '\0' + "VFATAL" + '\0' + "C57P01" + '\0' +
                             "Mbye" + '\0' + "P12" + '\0' + '\0';
    const auto m = read_server_message(bytes(body));
    REQUIRE(m);
    CHECK(m->severity == "FATAL");
    CHECK(m->fatal());
    CHECK(m->position == 12);
    CHECK_FALSE(read_server_message(bytes("Mbye")));
}
