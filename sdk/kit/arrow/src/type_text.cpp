// The two spellings of a type: the format string of the C data interface, and the name that
// pyarrow prints.
#include <qry/kit/arrow/type.hpp>

namespace qry::arrow {

namespace {

constexpr char unit_letter[] = {'s', 'm', 'u', 'n'};
constexpr std::string_view unit_name[] = {"s", "ms", "us", "ns"};

char letter(time_unit unit) noexcept {
    return unit_letter[static_cast<int>(unit)];
}
std::string_view name_of(time_unit unit) noexcept {
    return unit_name[static_cast<int>(unit)];
}

struct spelling {
    std::string_view format;
    std::string_view name;
};

// In the order of type_id; empty where parameters are part of it.
constexpr spelling spellings[] = {
    {"n", "null"},
    {"b", "bool"},
    {"c", "int8"},
    {"s", "int16"},
    {"i", "int32"},
    {"l", "int64"},
    {"C", "uint8"},
    {"S", "uint16"},
    {"I", "uint32"},
    {"L", "uint64"},
    {"e", "halffloat"},
    {"f", "float"},
    {"g", "double"},
    {},
    {},
    {"u", "string"},
    {"U", "large_string"},
    {"z", "binary"},
    {"Z", "large_binary"},
    {},
    {"tdD", "date32[day]"},
    {"tdm", "date64[ms]"},
    {},
    {},
    {},
    {},
    {"tiM", "month_interval"},
    {"tiD", "day_time_interval"},
    {"tin", "month_day_nano_interval"},
    {"+l", {}},
    {"+L", {}},
    {"+s", {}},
    {"+m", {}},
    {},
};
static_assert(std::size(spellings) == static_cast<std::size_t>(type_id::dictionary) + 1);

std::string child_name(const field& f) {
    return f.name + ": " + f.type.name() + (f.nullable ? "" : " not null");
}

std::string decimal_parameters(const data_type& type, std::string_view between) {
    return std::to_string(type.precision()) + std::string(between) + std::to_string(type.scale());
}

std::string nested_name(const data_type& type) {
    const auto children = type.children();
    switch (type.id()) {
        case type_id::list:
            return "list<" + child_name(children[0]) + ">";
        case type_id::large_list:
            return "large_list<" + child_name(children[0]) + ">";
        case type_id::map:
            return "map<" + children[0].type.name() + ", " + children[1].type.name() +
                   (children[1].nullable ? ">" : " not null>");
        case type_id::dictionary:
            return "dictionary<values=" + children[1].type.name() +
                   ", indices=" + children[0].type.name() + ", ordered=0>";
        default:
            break;
    }
    std::string out = "struct<";
    for (const field& f : children) {
        if (&f != children.data()) out += ", ";
        out += child_name(f);
    }
    return out + ">";
}

}  // namespace

std::string data_type::format() const {
    const spelling& known = spellings[static_cast<std::size_t>(id_)];
    if (!known.format.empty()) return std::string(known.format);
    switch (id_) {
        case type_id::decimal128:
            return "d:" + decimal_parameters(*this, ",");
        case type_id::decimal256:
            return "d:" + decimal_parameters(*this, ",") + ",256";
        case type_id::fixed_size_binary:
            return "w:" + std::to_string(a_);
        case type_id::time32:
        case type_id::time64:
            return std::string("tt") + letter(unit_);
        case type_id::timestamp:
            return std::string("ts") + letter(unit_) + ":" + std::string(zone());
        case type_id::duration:
            return std::string("tD") + letter(unit_);
        default:
            return children()[0].type.format();
    }
}

std::string data_type::name() const {
    const spelling& known = spellings[static_cast<std::size_t>(id_)];
    if (!known.name.empty()) return std::string(known.name);
    const std::string unit(name_of(unit_));
    switch (id_) {
        case type_id::decimal128:
            return "decimal128(" + decimal_parameters(*this, ", ") + ")";
        case type_id::decimal256:
            return "decimal256(" + decimal_parameters(*this, ", ") + ")";
        case type_id::fixed_size_binary:
            return "fixed_size_binary[" + std::to_string(a_) + "]";
        case type_id::time32:
            return "time32[" + unit + "]";
        case type_id::time64:
            return "time64[" + unit + "]";
        case type_id::duration:
            return "duration[" + unit + "]";
        case type_id::timestamp:
            if (zone().empty()) return "timestamp[" + unit + "]";
            return "timestamp[" + unit + ", tz=" + std::string(zone()) + "]";
        default:
            return nested_name(*this);
    }
}

}  // namespace qry::arrow
