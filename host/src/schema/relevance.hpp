// Which tables matter to a question.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <qry/schema.hpp>

namespace qry::schema {

struct ranking {
    // The most useful first.
    std::vector<std::uint32_t> order;
    // How many at the front have to do with the question; 0 without one.
    std::size_t relevant = 0;
};

// Without a question: those with most foreign keys around them first. With one: tables whose names,
// columns or comments hold its words, rare words counting more, and their neighbours by foreign
// key; then the others. The first `most` of them.
[[nodiscard]] ranking rank(
    const schema_snapshot::data& of, std::string_view question, std::size_t most
);

}  // namespace qry::schema
