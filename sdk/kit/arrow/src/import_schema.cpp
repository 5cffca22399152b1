#include <charconv>
#include <optional>

#include <qry/kit/arrow/type.hpp>

namespace qry::arrow {

namespace {

constexpr int max_depth = 64;

error refuse(const ArrowSchema& schema, const std::string& why) {
    const std::string name = schema.name != nullptr ? schema.name : "";
    return {.kind = status::plugin_error, .message = "Arrow schema: field '" + name + "' " + why};
}

error unknown_format(const ArrowSchema& schema) {
    return refuse(
        schema, "has the format '" + std::string(schema.format) + "', which is not known"
    );
}

std::optional<int> take_number(std::string_view& text) {
    int value = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failed != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

std::optional<time_unit> unit_of(char letter) noexcept {
    switch (letter) {
        case 's':
            return time_unit::second;
        case 'm':
            return time_unit::milli;
        case 'u':
            return time_unit::micro;
        case 'n':
            return time_unit::nano;
        default:
            return std::nullopt;
    }
}

// One letter, no parameters; null for anything else.
std::optional<type_id> simple(char letter) noexcept {
    constexpr std::string_view letters = "nbcsilCSILefguUzZ";
    constexpr type_id ids[] = {
        type_id::null,
        type_id::boolean,
        type_id::int8,
        type_id::int16,
        type_id::int32,
        type_id::int64,
        type_id::uint8,
        type_id::uint16,
        type_id::uint32,
        type_id::uint64,
        type_id::float16,
        type_id::float32,
        type_id::float64,
        type_id::utf8,
        type_id::large_utf8,
        type_id::binary,
        type_id::large_binary,
    };
    const std::size_t at = letters.find(letter);
    if (at == std::string_view::npos) return std::nullopt;
    return ids[at];
}

// "d:10,2", "d:40,2,256"
std::optional<data_type> decimal(std::string_view rest) {
    const auto precision = take_number(rest);
    if (!precision || !rest.starts_with(',')) return std::nullopt;
    rest.remove_prefix(1);
    const auto scale = take_number(rest);
    if (!scale) return std::nullopt;
    if (rest.empty() || rest == ",128") {
        if (*precision < 1 || *precision > 38) return std::nullopt;
        return data_type::decimal128(*precision, *scale);
    }
    if (rest != ",256" || *precision < 1 || *precision > 76) return std::nullopt;
    return data_type::decimal256(*precision, *scale);
}

std::optional<data_type> temporal(std::string_view format) {
    if (format == "tdD") return data_type(type_id::date32);
    if (format == "tdm") return data_type(type_id::date64);
    if (format == "tiM") return data_type(type_id::interval_months);
    if (format == "tiD") return data_type(type_id::interval_day_time);
    if (format == "tin") return data_type(type_id::interval_month_day_nano);
    const auto unit = format.size() >= 3 ? unit_of(format[2]) : std::nullopt;
    if (!unit) return std::nullopt;
    if (format.starts_with("ts") && format.size() > 3 && format[3] == ':') {
        return data_type::timestamp(*unit, std::string(format.substr(4)));
    }
    if (format.size() != 3) return std::nullopt;
    if (format.starts_with("tD")) return data_type::duration(*unit);
    if (!format.starts_with("tt")) return std::nullopt;
    const bool narrow = *unit == time_unit::second || *unit == time_unit::milli;
    return narrow ? data_type::time32(*unit) : data_type::time64(*unit);
}

std::optional<data_type> flat(std::string_view format) {
    if (format.size() == 1) {
        const auto id = simple(format[0]);
        return id ? std::optional<data_type>(*id) : std::nullopt;
    }
    if (format.starts_with("d:")) return decimal(format.substr(2));
    if (format.starts_with("t")) return temporal(format);
    if (format.starts_with("w:")) {
        format.remove_prefix(2);
        const auto width = take_number(format);
        if (width && *width > 0 && format.empty()) return data_type::fixed_size_binary(*width);
    }
    return std::nullopt;
}

result<field> import(const ArrowSchema& schema, int depth);

result<std::vector<field>> import_children(const ArrowSchema& schema, int depth) {
    std::vector<field> out;
    if (schema.n_children < 0 || (schema.n_children > 0 && schema.children == nullptr)) {
        return refuse(schema, "has no list of children");
    }
    for (std::int64_t i = 0; i < schema.n_children; ++i) {
        if (schema.children[i] == nullptr) return refuse(schema, "has a child that is NULL");
        auto child = import(*schema.children[i], depth + 1);
        if (!child) return std::move(child).error();
        out.push_back(std::move(*child));
    }
    return out;
}

result<data_type> nested(const ArrowSchema& schema, std::vector<field> children) {
    const std::string_view format = schema.format;
    if (format == "+s") return data_type::structure(std::move(children));
    if (format != "+l" && format != "+L" && format != "+m") return unknown_format(schema);
    if (children.size() != 1) {
        return refuse(schema, "needs one child but has " + std::to_string(children.size()));
    }
    if (format == "+l") return data_type::list(std::move(children[0]));
    if (format == "+L") return data_type::large_list(std::move(children[0]));
    const auto entries = children[0].type.children();
    if (children[0].type.id() != type_id::structure || entries.size() != 2) {
        return refuse(schema, "is a map whose entries are not pairs");
    }
    return data_type::map(entries[0], entries[1]);
}

result<data_type> import_dictionary(const ArrowSchema& schema, int depth) {
    auto index = flat(schema.format);
    if (!index || index->id() < type_id::int8 || index->id() > type_id::uint64) {
        return refuse(schema, "has a dictionary whose index is not an integer");
    }
    auto value = import(*schema.dictionary, depth + 1);
    if (!value) return std::move(value).error();
    return data_type::dictionary(std::move(*index), std::move(value->type));
}

result<data_type> import_type(const ArrowSchema& schema, int depth) {
    if (schema.dictionary != nullptr) return import_dictionary(schema, depth);
    auto children = import_children(schema, depth);
    if (!children) return std::move(children).error();
    if (schema.format[0] == '+') return nested(schema, std::move(*children));
    auto type = flat(schema.format);
    if (!type) return unknown_format(schema);
    if (!children->empty()) return refuse(schema, "has children but is not nested");
    return std::move(*type);
}

result<field> import(const ArrowSchema& schema, int depth) {
    if (schema.release == nullptr) {
        return error{.kind = status::plugin_error, .message = "Arrow schema: a field was released"};
    }
    if (schema.format == nullptr) return refuse(schema, "has no format");
    if (depth > max_depth) return refuse(schema, "is nested more than 64 levels deep");
    auto type = import_type(schema, depth);
    if (!type) return std::move(type).error();
    return field{
        .name = schema.name != nullptr ? schema.name : "",
        .type = std::move(*type),
        .nullable = (schema.flags & ARROW_FLAG_NULLABLE) != 0,
        .metadata = decode_metadata(schema.metadata)};
}

}  // namespace

result<field> import_field(const ArrowSchema& schema) {
    return import(schema, 0);
}

}  // namespace qry::arrow
