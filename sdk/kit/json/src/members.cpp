#include <qry/kit/json/members.hpp>

#include <simdjson.h>

#include "problem.hpp"

namespace qry::json {

result<std::vector<member>> read_members(std::string_view object, limits bounds) {
    if (object.size() > bounds.bytes) return too_large(object.size(), bounds.bytes);
    std::vector<member> out;
    simdjson::ondemand::parser parser;
    try {
        auto document =
            parser.iterate(object.data(), object.size(), object.size() + simdjson::SIMDJSON_PADDING)
                .value();
        // Named: a range-for over what value() gives would outlive it.
        simdjson::ondemand::object members = document.get_object().value();
        for (auto field : members) {
            std::string name(field.unescaped_key().value());
            simdjson::ondemand::value value = field.value().value();
            std::string_view raw = value.raw_json_token();
            if (raw.starts_with('{')) {
                raw = value.get_object().value().raw_json().value();
            } else if (raw.starts_with('[')) {
                raw = value.get_array().value().raw_json().value();
            }
            while (!raw.empty() && static_cast<unsigned char>(raw.back()) <= ' ')
                raw.remove_suffix(1);
            out.push_back({std::move(name), raw});
        }
    } catch (const simdjson::simdjson_error& why) {
        return malformed(0, why.what());
    }
    return out;
}

}  // namespace qry::json
