// The straight ways through common numbers give what the general ones do.
#include <catch2/catch.hpp>

#include <bit>
#include <charconv>
#include <cstdlib>
#include <random>

#include <qry/kit/arrow/fixed_builder.hpp>
#include <qry/kit/json/reader.hpp>

namespace qry::json {
namespace {

using arrow::type_id;

// One cell's token into a column; nullopt = refused.
template <class T>
class one_column {
public:
    explicit one_column(type_id id)
        : batch_(std::vector<arrow::field>{{.name = "n", .type = id}}, {}, {}),
          reader_({{.name = "n", .type = id}}, row_shape::array, row_shape::array) {}

    std::optional<T> read(const std::string& token) {
        const std::string page = "[[" + token + "]]" + std::string(padding, ' ');
        REQUIRE(reader_.begin(std::string_view(page).substr(0, page.size() - padding)));
        batch_.clear();
        const auto taken = reader_.take(batch_);
        if (!taken) return std::nullopt;
        return batch_.template column<arrow::fixed_builder<T>>(0).values()[0];
    }

private:
    arrow::batch_builder batch_;
    row_reader reader_;
};

template <class T>
std::optional<T> by_from_chars(const std::string& token) {
    T value{};
    const char* const end = token.data() + token.size();
    const auto [stop, failure] = std::from_chars(token.data(), end, value);
    if (failure != std::errc() || stop != end) return std::nullopt;
    return value;
}

template <class T>
void compare_integers(type_id id) {
    one_column<T> column(id);
    const auto check = [&](const std::string& token) {
        INFO(token);
        CHECK(column.read(token) == by_from_chars<T>(token));
    };
    const std::string digits = "98765432109876543210";
    for (std::size_t size = 1; size <= digits.size(); ++size) {
        for (const std::string& start : {digits, "0" + digits, "00" + digits}) {
            const std::string token = start.substr(0, size);
            check(token);
            check("-" + token);
            for (std::size_t i = 0; i < size; ++i) {
                for (const char bad : {'.', '/', ';', 'a', 'e', '-', '+', '\x7f'}) {
                    std::string broken = token;
                    broken[i] = bad;
                    check(broken);
                }
            }
        }
    }
    for (const std::string& token :
         {std::to_string(std::numeric_limits<T>::min()),
          std::to_string(std::numeric_limits<T>::max()),
          std::to_string(std::numeric_limits<T>::max()) + "0",
          std::string("-"),
          std::string("-0"),
          std::string("--1"),
          std::string("+1")})
        check(token);
}

}  // namespace

TEST_CASE("an integer of any length is what from_chars makes of it, and so is a broken one") {
    compare_integers<std::int8_t>(type_id::int8);
    compare_integers<std::int16_t>(type_id::int16);
    compare_integers<std::int32_t>(type_id::int32);
    compare_integers<std::int64_t>(type_id::int64);
    compare_integers<std::uint32_t>(type_id::uint32);
    compare_integers<std::uint64_t>(type_id::uint64);
}

TEST_CASE("a short decimal fraction is the double that strtod finds, to the last bit") {
    one_column<double> column(type_id::float64);
    std::mt19937_64 random(20261128);
    for (int i = 0; i < 20'000; ++i) {
        const int size = 1 + static_cast<int>(random() % 18);
        std::string token = std::to_string(random() % 9'000'000'000'000'000'000ULL);
        token.resize(static_cast<std::size_t>(size), '0');
        token.insert(1 + random() % static_cast<std::size_t>(size), ".");
        if (token.back() == '.') token += '0';
        if (random() % 2 == 0) token.insert(0, "-");
        const auto got = column.read(token);
        INFO(token);
        REQUIRE(got);
        REQUIRE(
            std::bit_cast<std::uint64_t>(*got) ==
            std::bit_cast<std::uint64_t>(std::strtod(token.c_str(), nullptr))
        );
    }
    for (const char* token : {"-", ".", "1..2", "1.2.3", "1.2x", "--1.5", "1,5"}) {
        INFO(token);
        CHECK_FALSE(column.read(token));
    }
    CHECK(std::signbit(*column.read("-0.0")));
}

}  // namespace qry::json
