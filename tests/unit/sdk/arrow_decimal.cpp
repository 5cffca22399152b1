#include <string>

#include <catch2/catch.hpp>

#include <qry/kit/arrow/decimal.hpp>

using namespace qry::arrow;

namespace {

// As a long, for values that fit one.
long long parsed(const char* text, int precision, int scale) {
    int128 value = -1;
    REQUIRE(parse_decimal(text, precision, scale, value) == decimal_fit::exact);
    return static_cast<long long>(value);
}

decimal_fit fit(const char* text, int precision, int scale) {
    int128 value = 77;
    const decimal_fit out = parse_decimal(text, precision, scale, value);
    CHECK(static_cast<long long>(value) == 77);
    return out;
}

const std::string nines38(38, '9');
const std::string nines76(76, '9');

}  // namespace

TEST_CASE("decimal text becomes the scaled integer") {
    CHECK(parsed("-123.450", 10, 3) == -123450);
    CHECK(parsed("-123.450", 10, 2) == -12345);
    CHECK(parsed("+.5", 3, 2) == 50);
    CHECK(parsed("7.", 3, 2) == 700);
    CHECK(parsed("0", 1, 0) == 0);
    CHECK(parsed("-0.000", 5, 2) == 0);
    CHECK(parsed("0000000000000000000000000000000000000000000000001", 1, 0) == 1);
    CHECK(parsed("1.5e3", 4, 0) == 1500);
    CHECK(parsed("1500E-2", 4, 0) == 15);
    CHECK(parsed("0e999999999999", 4, 0) == 0);
    CHECK(parsed("123456789012345678", 18, 0) == 123456789012345678);
    CHECK(parsed("1234567890123456789", 19, 0) == 1234567890123456789);
}

TEST_CASE("a decimal that does not fit is refused and the target left alone") {
    CHECK(fit("100", 4, 2) == decimal_fit::too_large);
    CHECK(fit("1e400", 38, 0) == decimal_fit::too_large);
    CHECK(fit("1e99999999999999999999", 38, 0) == decimal_fit::too_large);
    CHECK(fit((nines38 + "0").c_str(), 38, 0) == decimal_fit::too_large);
    CHECK(fit("0.001", 4, 2) == decimal_fit::too_precise);
    CHECK(fit("1e-40", 38, 38) == decimal_fit::too_precise);
    for (const char* text :
         {"",
          "-",
          ".",
          "1 ",
          " 1",
          "1,5",
          "1.2.3",
          "e5",
          "1e",
          "1e+",
          "nan",
          "Infinity",
          "0x10",
          "--1",
          "1e5.0"}) {
        INFO(text);
        CHECK(fit(text, 10, 2) == decimal_fit::malformed);
    }
}

TEST_CASE("the largest values of both widths survive the way to text and back") {
    int128 narrow = 0;
    REQUIRE(parse_decimal("-" + nines38, 38, 0, narrow) == decimal_fit::exact);
    CHECK(format_decimal(narrow, 0) == "-" + nines38);
    CHECK(fits_precision(narrow, 38));
    CHECK_FALSE(fits_precision(narrow, 37));

    int256 wide;
    REQUIRE(parse_decimal("-" + nines76, 76, 0, wide) == decimal_fit::exact);
    CHECK(wide.negative());
    CHECK(format_decimal(wide, 0) == "-" + nines76);
    CHECK(format_decimal(wide, 76) == "-0." + nines76);
    CHECK(fits_precision(wide, 76));
    CHECK_FALSE(fits_precision(wide, 75));
}

TEST_CASE("a 256-bit value lies in memory least significant word first") {
    int256 value;
    // 2^64 = 18446744073709551616
    REQUIRE(parse_decimal("-18446744073709551616", 40, 0, value) == decimal_fit::exact);
    CHECK(value.words[0] == 0);
    CHECK(value.words[1] == ~std::uint64_t{0});
    CHECK(value.words[2] == ~std::uint64_t{0});
    CHECK(value.words[3] == ~std::uint64_t{0});
    CHECK(value < int256(0));
    CHECK(int256(-5) < int256(3));
    CHECK(int256(-5) < int256(-3));
}

TEST_CASE("decimals are written with exactly their scale") {
    CHECK(format_decimal(int128{-5}, 2) == "-0.05");
    CHECK(format_decimal(int128{0}, 3) == "0.000");
    CHECK(format_decimal(int128{12345}, 2) == "123.45");
    CHECK(format_decimal(int128{12}, -3) == "12000");
    CHECK(format_decimal(int128{0}, -3) == "0");
    // Crosses the chunks of 18 digits with zeros inside.
    CHECK(format_decimal(int256(power_of_ten(36)), 0) == "1" + std::string(36, '0'));
}

TEST_CASE("a refused decimal is told with its value and type") {
    const auto large = parse_decimal128("1234.5", 5, 2);
    REQUIRE_FALSE(large);
    CHECK(large.error().message == "'1234.5' is too large for decimal128(5, 2)");
    const auto precise = parse_decimal256("0.123", 40, 2);
    REQUIRE_FALSE(precise);
    CHECK(precise.error().message == "'0.123' has more decimal places than decimal256(40, 2)");
    const auto word = parse_decimal128("abc", 5, 2);
    REQUIRE_FALSE(word);
    CHECK(
        word.error().message == "'abc' is not a decimal number, as expected for decimal128(5, 2)"
    );
}

TEST_CASE("multiply and add reports the overflow of 127 bits and leaves the value") {
    int128 value = power_of_ten(38);
    CHECK_FALSE(multiply_add(value, 10, 0));
    CHECK(value == power_of_ten(38));
    CHECK(multiply_add(value, 1, 5));
    CHECK(format_decimal(value, 0) == "1" + std::string(37, '0') + "5");
}
