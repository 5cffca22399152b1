#include <qry/kit/json/members.hpp>

#include <simdjson.h>

#include <qry/kit/text/trim.hpp>

#include "problem.hpp"

namespace qry::json {

namespace ondemand = simdjson::ondemand;

namespace {

std::string_view raw_of(ondemand::value value) {
    std::string_view raw = value.raw_json_token();
    if (raw.starts_with('{')) {
        raw = value.get_object().value().raw_json().value();
    } else if (raw.starts_with('[')) {
        raw = value.get_array().value().raw_json().value();
    }
    return text::trimmed(raw);
}

// Hands the document over; what simdjson throws becomes the error.
template <class T, class Read>
result<T> read(std::string_view text, limits bounds, Read with) {
    if (text.size() > bounds.bytes) return too_large(text.size(), bounds.bytes);
    ondemand::parser parser;
    try {
        auto document =
            parser.iterate(text.data(), text.size(), text.size() + simdjson::SIMDJSON_PADDING)
                .value();
        return with(document);
    } catch (const simdjson::simdjson_error& why) {
        return malformed(0, why.what());
    }
}

}  // namespace

// Both name what they go through: a range-for over what value() gives would outlive it.
result<std::vector<member>> read_members(std::string_view object, limits bounds) {
    return read<std::vector<member>>(object, bounds, [](ondemand::document& document) {
        std::vector<member> out;
        ondemand::object members = document.get_object().value();
        for (auto field : members) {
            std::string name(field.unescaped_key().value());
            out.push_back({std::move(name), raw_of(field.value().value())});
        }
        return out;
    });
}

result<std::vector<std::string_view>> read_items(std::string_view array, limits bounds) {
    return read<std::vector<std::string_view>>(array, bounds, [](ondemand::document& document) {
        std::vector<std::string_view> out;
        ondemand::array items = document.get_array().value();
        for (auto item : items)
            out.push_back(raw_of(item.value()));
        return out;
    });
}

}  // namespace qry::json
