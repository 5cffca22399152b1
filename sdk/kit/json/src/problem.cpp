#include "problem.hpp"

namespace qry::json {

namespace {

std::string place(std::uint64_t row, const column* where) {
    std::string out = "row " + std::to_string(row);
    if (where != nullptr) out += ", column \"" + where->name + '"';
    return out;
}

// At a character's end, so that it stays UTF-8.
std::string cut(std::string_view text) {
    constexpr std::size_t longest = 40;
    if (text.size() <= longest) return std::string(text);
    std::size_t end = longest;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        --end;
    return std::string(text.substr(0, end)) + "…";
}

}  // namespace

error malformed(std::uint64_t row, std::string_view why) {
    return {
        .kind = status::connection_failed,
        .message = "the server sent rows that are not JSON" +
                   (row > 0 ? " (row " + std::to_string(row) + " of a page): " : ": ") +
                   std::string(why)};
}

error wrong_value(std::uint64_t row, const bad_value& why) {
    const std::string expected = why.where != nullptr ? why.where->type.name() : "a row";
    return {
        .kind = status::query_error,
        .message = place(row, why.where) + " of a page: \"" + cut(why.found) +
                   "\" is not a value of type " + expected,
        .hint = "Cast the column in the statement, for example to varchar."};
}

error wrong_count(std::uint64_t row, const wrong_width& why) {
    return {
        .kind = status::connection_failed,
        .message = place(row, why.where) + " of a page has " + std::to_string(why.found) +
                   (why.found > why.expected ? " values or more" : " values") + "; expected " +
                   std::to_string(why.expected)};
}

error too_large(std::size_t bytes, std::size_t limit) {
    return {
        .kind = status::resource_limit,
        .message = "a page of rows has " + std::to_string(bytes) + " bytes, and at most " +
                   std::to_string(limit) + " are taken"};
}

}  // namespace qry::json
