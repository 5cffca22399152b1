// Replies that are not rows: the members of an object and the items of an array, without a look at
// what is in them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <qry/kit/json/reader.hpp>
#include <qry/result.hpp>

namespace qry::json {

struct member {
    std::string name;
    // The exact JSON text of the value: a view into the input.
    std::string_view raw;
    // Its first token, for row_reader::begin(document&, std::uint32_t).
    std::uint32_t token = 0;
};

class token_list;

// An object whose rows are read after its members: its text is gone through once for both. Not
// thread-safe; reuse it: its memory (four bytes for each of the text) stays.
class document {
public:
    document();
    document(document&&) noexcept;
    document& operator=(document&&) noexcept;
    ~document();

    // `object` is kept as a borrowed view and must have json::padding readable bytes behind it. One
    // pass over the text finds where each value ends (about 0.5 ns a byte); big arrays are not
    // taken apart. A value's own syntax is checked by whoever reads it.
    [[nodiscard]] result<std::vector<member>> read_members(
        std::string_view object, limits bounds = {}
    );

private:
    friend class row_reader;
    // NULL before the first text.
    std::unique_ptr<token_list> tokens_;
};

// The same, without what rows would need.
[[nodiscard]] result<std::vector<member>> read_members(std::string_view object, limits bounds = {});

// The same for an array.
[[nodiscard]] result<std::vector<std::string_view>> read_items(
    std::string_view array, limits bounds = {}
);

}  // namespace qry::json
