#include <catch2/catch.hpp>

#include <cmath>
#include <string>
#include <vector>

#include <qry/kit/arrow/decimal.hpp>

#include "numeric.hpp"

using namespace qry::postgresql;
using qry::arrow::int128;
using qry::arrow::int256;

namespace {

std::vector<std::uint8_t> wire(int weight, int sign, int scale, const std::vector<int>& digits) {
    std::vector<std::uint8_t> out;
    const auto put = [&out](int v) {
        out.push_back(static_cast<std::uint8_t>(v >> 8));
        out.push_back(static_cast<std::uint8_t>(v));
    };
    put(static_cast<int>(digits.size()));
    put(weight);
    put(sign);
    put(scale);
    for (const int d : digits)
        put(d);
    return out;
}

std::string text(const std::vector<std::uint8_t>& bytes) {
    const auto n = read_numeric(bytes);
    REQUIRE(n);
    std::string out(text_bound(*n), '\0');
    out.resize(write_text(*n, out.data()));
    return out;
}

constexpr int negative = 0x4000;

}  // namespace

TEST_CASE("numerics are written as the server prints them") {
    CHECK(text(wire(0, 0, 0, {})) == "0");
    CHECK(text(wire(0, 0, 3, {})) == "0.000");
    CHECK(text(wire(0, negative, 2, {12, 5000})) == "-12.50");
    CHECK(text(wire(1, 0, 0, {1})) == "10000");
    CHECK(text(wire(-1, 0, 4, {1})) == "0.0001");
    CHECK(text(wire(-2, 0, 6, {100})) == "0.000001");
    CHECK(text(wire(2, 0, 5, {1, 2, 3, 4567, 8000})) == "100020003.45678");
    CHECK(text(wire(0, 0xC000, 0, {})) == "NaN");
    CHECK(text(wire(0, 0xF000, 0, {})) == "-Infinity");
}

TEST_CASE("decimals are exact or refused with the reason") {
    int128 v = 0;
    const auto fit = [&v](const std::vector<std::uint8_t>& bytes, int precision, int scale) {
        return to_decimal(*read_numeric(bytes), precision, scale, v);
    };
    CHECK(fit(wire(0, negative, 2, {12, 5000}), 12, 2) == numeric_fit::exact);
    CHECK((v == -1250));
    CHECK(fit(wire(1, 0, 0, {1}), 5, 0) == numeric_fit::exact);
    CHECK((v == 10000));
    CHECK(fit(wire(1, 0, 0, {1}), 4, 0) == numeric_fit::too_large);
    CHECK(fit(wire(-1, 0, 4, {1}), 10, 3) == numeric_fit::too_precise);
    CHECK(fit(wire(-1, 0, 4, {10}), 10, 3) == numeric_fit::exact);
    CHECK((v == 1));
    CHECK(fit(wire(0, 0xD000, 0, {}), 10, 3) == numeric_fit::not_finite);
    // 38 nines: ten groups, the first of two digits.
    const auto nines = wire(9, 0, 0, {99, 9999, 9999, 9999, 9999, 9999, 9999, 9999, 9999, 9999});
    CHECK(fit(nines, 38, 0) == numeric_fit::exact);
    CHECK((v == qry::arrow::power_of_ten(38) - 1));
    CHECK(fit(wire(9, 0, 0, {100}), 38, 0) == numeric_fit::too_large);
    int256 w;
    CHECK(to_decimal(*read_numeric(wire(18, 0, 0, {1})), 76, 3, w) == numeric_fit::exact);
    CHECK(qry::arrow::format_decimal(w, 3) == "1" + std::string(72, '0') + ".000");
    CHECK(to_decimal(*read_numeric(wire(18, 0, 0, {1})), 76, 4, w) == numeric_fit::too_large);
}

TEST_CASE("doubles are the nearest ones") {
    CHECK(to_double(*read_numeric(wire(-1, 0, 1, {1000}))) == 0.1);
    CHECK(to_double(*read_numeric(wire(0, negative, 2, {12, 5000}))) == -12.5);
    CHECK(to_double(*read_numeric(wire(4, 0, 0, {1, 0, 0, 0, 1}))) == 1e16 + 1);
    CHECK(std::isnan(to_double(*read_numeric(wire(0, 0xC000, 0, {})))));
    CHECK(std::isinf(to_double(*read_numeric(wire(100, 0, 0, {1})))));
}

TEST_CASE("bytes that are no numeric are refused") {
    CHECK_FALSE(read_numeric({}));
    CHECK_FALSE(read_numeric(wire(0, 0, 0, {10000})));
    CHECK_FALSE(read_numeric(wire(0, 0x1234, 0, {1})));
    CHECK_FALSE(read_numeric(wire(0, 0, 0x7fff, {1})));
    auto cut = wire(0, 0, 0, {1, 2});
    cut.pop_back();
    CHECK_FALSE(read_numeric(cut));
}
