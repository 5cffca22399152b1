#include <cmath>
#include <set>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/result_writer.hpp"

namespace qry::cli {

namespace {

using arrow::array_view;
using arrow::type_id;

void add_string(std::string& out, std::string_view text) {
    // Bytes that are no UTF-8 are replaced: JSON cannot hold them.
    out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void add_value(std::string& out, const array_view& column, std::int64_t row);

void add_cell_as_string(std::string& out, const array_view& column, std::int64_t row) {
    add_string(out, arrow::format_cell(column, row));
}

void add_list(std::string& out, const array_view& column, std::int64_t row) {
    const auto [first, last] = column.range(row);
    out += '[';
    for (std::int64_t i = first; i < last; ++i) {
        if (i != first) out += ',';
        add_value(out, column.child(0), i);
    }
    out += ']';
}

void add_structure(std::string& out, const array_view& column, std::int64_t row) {
    out += '{';
    for (std::size_t i = 0; i < column.child_count(); ++i) {
        if (i != 0) out += ',';
        add_string(out, column.child(i).name());
        out += ':';
        add_value(out, column.child(i), column.child_row(row));
    }
    out += '}';
}

// Pairs, since keys need not be texts: [[key, value], …].
void add_map(std::string& out, const array_view& column, std::int64_t row) {
    const auto [first, last] = column.range(row);
    out += '[';
    for (std::int64_t i = first; i < last; ++i) {
        if (i != first) out += ',';
        out += '[';
        add_value(out, column.child(0), i);
        out += ',';
        add_value(out, column.child(1), i);
        out += ']';
    }
    out += ']';
}

// Numbers that JSON's readers keep exact are numbers; decimals, infinities and NaN are strings.
void add_value(std::string& out, const array_view& column, std::int64_t row) {
    if (column.is_null(row)) {
        out += "null";
        return;
    }
    switch (column.type().id()) {
        case type_id::boolean:
        case type_id::int8:
        case type_id::int16:
        case type_id::int32:
        case type_id::int64:
        case type_id::uint8:
        case type_id::uint16:
        case type_id::uint32:
        case type_id::uint64:
            arrow::append_cell(out, column, row);
            return;
        case type_id::float16:
        case type_id::float32:
        case type_id::float64:
            if (!std::isfinite(column.floating(row))) return add_cell_as_string(out, column, row);
            arrow::append_cell(out, column, row);
            return;
        case type_id::list:
        case type_id::large_list:
            return add_list(out, column, row);
        case type_id::structure:
            return add_structure(out, column, row);
        case type_id::map:
            return add_map(out, column, row);
        default:
            return add_cell_as_string(out, column, row);
    }
}

// An array of objects, one a line.
class json_writer final : public result_writer {
public:
    explicit json_writer(sink& to) : to_(to) {}

    result<void> begin(const arrow::field& rows) override {
        // A name that comes again would hide the first value from most readers.
        std::set<std::string> taken;
        for (const auto& f : rows.type.children()) {
            std::string name = f.name;
            for (int n = 2; !taken.insert(name).second; ++n)
                name = f.name + "_" + std::to_string(n);
            std::string key;
            add_string(key, name);
            keys_.push_back(key + ":");
        }
        return to_.write("[");
    }

    result<void> batch(const array_view& rows) override {
        for (std::int64_t row = 0; row < rows.length(); ++row) {
            line_ = first_ ? "\n{" : ",\n{";
            first_ = false;
            for (std::size_t i = 0; i < keys_.size(); ++i) {
                if (i != 0) line_ += ',';
                line_ += keys_[i];
                add_value(line_, rows.child(i), rows.child_row(row));
            }
            line_ += '}';
            if (auto r = to_.write(line_); !r) return r;
        }
        return {};
    }

    result<void> end() override { return to_.write(first_ ? "]\n" : "\n]\n"); }

private:
    sink& to_;
    bool first_ = true;
    std::vector<std::string> keys_;
    std::string line_;
};

}  // namespace

std::unique_ptr<result_writer> make_json_writer(sink& to) {
    return std::make_unique<json_writer>(to);
}

}  // namespace qry::cli
