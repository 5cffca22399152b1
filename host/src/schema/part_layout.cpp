#include "schema/part_layout.hpp"

#include <array>
#include <string>

#include <qry/introspect.h>

namespace qry::schema {

namespace {

constexpr std::array tables = {
    part_field{"catalog", "u", need::optional},
    part_field{"schema", "u", need::optional},
    part_field{"name", "u", need::required},
    part_field{"kind", "u", need::required},
    part_field{"comment", "u", need::optional},
    part_field{"row_estimate", "l", need::optional},
};
constexpr std::array columns = {
    part_field{"catalog", "u", need::optional},
    part_field{"schema", "u", need::optional},
    part_field{"table", "u", need::required},
    part_field{"name", "u", need::required},
    part_field{"ordinal", "i", need::required},
    part_field{"type", "u", need::required},
    part_field{"arrow_type", "u", need::required},
    part_field{"nullable", "b", need::required},
    part_field{"default", "u", need::optional},
    part_field{"comment", "u", need::optional},
};
constexpr std::array keys = {
    part_field{"catalog", "u", need::optional},
    part_field{"schema", "u", need::optional},
    part_field{"table", "u", need::required},
    part_field{"name", "u", need::optional},
    part_field{"kind", "u", need::required},
    part_field{"columns", "+l", need::required},
    part_field{"ref_catalog", "u", need::optional},
    part_field{"ref_schema", "u", need::optional},
    part_field{"ref_table", "u", need::optional},
    part_field{"ref_columns", "+l", need::optional},
};

std::string quoted(const char* text) {
    return text == nullptr ? "NULL" : "'" + std::string(text) + "'";
}

bool is_valid(const ArrowArray& a, std::int64_t i) {
    const auto* bits = static_cast<const std::uint8_t*>(a.buffers[0]);
    const std::int64_t at = a.offset + i;
    return bits == nullptr || (bits[at / 8] >> (at % 8) & 1) != 0;
}

// "" when the offsets of a text or list array are usable, else what is wrong with them.
std::string check_offsets(const ArrowArray& a, std::int64_t& end) {
    const auto* offsets = static_cast<const std::int32_t*>(a.buffers[1]) + a.offset;
    if (offsets[0] < 0) return "has a negative offset";
    for (std::int64_t i = 0; i < a.length; ++i) {
        if (offsets[i + 1] < offsets[i]) {
            return "has falling offsets at row " + std::to_string(i);
        }
    }
    end = offsets[a.length];
    return {};
}

std::string check_array(const ArrowArray& a, std::string_view format, std::int64_t rows) {
    const std::int64_t buffers = format == "u" ? 3 : format == "+l" ? 1 + 1 : 2;
    if (a.release == nullptr) return "was released already";
    if (a.offset < 0 || a.length < rows) {
        return "has " + std::to_string(a.length) + " rows where the batch has " +
               std::to_string(rows);
    }
    if (a.n_buffers != buffers || a.buffers == nullptr) {
        return "has " + std::to_string(a.n_buffers) + " buffers instead of " +
               std::to_string(buffers);
    }
    if (a.length == 0) return {};
    if (a.buffers[1] == nullptr) return "has no data buffer";
    std::int64_t end = 0;
    if (format == "u") {
        std::string wrong = check_offsets(a, end);
        if (wrong.empty() && end > 0 && a.buffers[2] == nullptr) wrong = "has no text buffer";
        return wrong;
    }
    if (format != "+l") return {};
    if (a.n_children != 1 || a.children == nullptr || a.children[0] == nullptr) {
        return "has no items";
    }
    if (auto wrong = check_offsets(a, end); !wrong.empty()) return wrong;
    const ArrowArray& items = *a.children[0];
    if (auto wrong = check_array(items, "u", end); !wrong.empty()) {
        return "holds a list of items that " + wrong;
    }
    for (std::int64_t i = 0; items.null_count != 0 && i < end; ++i) {
        if (!is_valid(items, i)) return "holds a list with a NULL item";
    }
    return {};
}

}  // namespace

std::span<const part_field> fields_of(std::int32_t part) noexcept {
    switch (part) {
        case QRY_INTROSPECT_TABLES:
            return tables;
        case QRY_INTROSPECT_COLUMNS:
            return columns;
        case QRY_INTROSPECT_KEYS:
            return keys;
        default:
            return {};
    }
}

std::string_view name_of(std::int32_t part) noexcept {
    switch (part) {
        case QRY_INTROSPECT_TABLES:
            return "tables";
        case QRY_INTROSPECT_COLUMNS:
            return "columns";
        case QRY_INTROSPECT_KEYS:
            return "keys";
        default:
            return "unknown";
    }
}

error deviation(std::string_view plugin, std::int32_t part, std::string_view what) {
    error e{.kind = status::plugin_error};
    e.message = "plugin '" + std::string(plugin) + "' broke the layout of introspection part '" +
                std::string(name_of(part)) + "': " + std::string(what);
    e.hint =
        "the layout is stated in qry/introspect.h; qry-conformance checks it. Report this to "
        "the plugin's publisher.";
    e.from = origin::host;
    return e;
}

result<void> check_schema(std::string_view plugin, std::int32_t part, const ArrowSchema& schema) {
    const auto fields = fields_of(part);
    const auto say = [&](const std::string& what) { return deviation(plugin, part, what); };
    if (fields.empty()) return say("part " + std::to_string(part) + " does not exist");
    if (schema.release == nullptr || schema.format == nullptr) return say("the schema is empty");
    if (std::string_view(schema.format) != "+s") {
        return say("the schema is " + quoted(schema.format) + " instead of a struct ('+s')");
    }
    if (schema.n_children != static_cast<std::int64_t>(fields.size())) {
        return say(
            std::to_string(schema.n_children) + " fields instead of " +
            std::to_string(fields.size())
        );
    }
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const ArrowSchema* child = schema.children[i];
        const std::string where = "field " + std::to_string(i + 1);
        if (child == nullptr || child->format == nullptr) return say(where + " is empty");
        if (child->name == nullptr || child->name != fields[i].name) {
            return say(
                where + " is named " + quoted(child->name) + " instead of '" +
                std::string(fields[i].name) + "'"
            );
        }
        std::string format = child->format;
        if (format == "+l" && child->n_children == 1 && child->children[0]->format != nullptr) {
            if (std::string_view(child->children[0]->format) != "u") {
                format += std::string(" of ") + child->children[0]->format;
            }
        }
        if (format != fields[i].format || child->dictionary != nullptr) {
            return say(
                "field '" + std::string(fields[i].name) + "' has the Arrow format '" + format +
                (child->dictionary != nullptr ? "' (dictionary)" : "'") + " instead of '" +
                std::string(fields[i].format) + "'"
            );
        }
    }
    return {};
}

result<void> check_batch(std::string_view plugin, std::int32_t part, const ArrowArray& batch) {
    const auto fields = fields_of(part);
    const auto say = [&](const std::string& what) { return deviation(plugin, part, what); };
    if (batch.release == nullptr) return say("the batch was released already");
    if (batch.length < 0 || batch.offset < 0) return say("the batch has a negative length");
    if (batch.n_children != static_cast<std::int64_t>(fields.size())) {
        return say(
            "the batch has " + std::to_string(batch.n_children) + " columns instead of " +
            std::to_string(fields.size())
        );
    }
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const std::string name = "field '" + std::string(fields[i].name) + "' ";
        if (batch.children[i] == nullptr) return say(name + "is missing");
        const ArrowArray& a = *batch.children[i];
        const std::int64_t rows = batch.offset + batch.length;
        if (const auto wrong = check_array(a, fields[i].format, rows); !wrong.empty()) {
            return say(name + wrong);
        }
        if (fields[i].values == need::optional || a.null_count == 0) continue;
        for (std::int64_t r = batch.offset; r < rows; ++r) {
            if (!is_valid(a, r)) return say(name + "is NULL in row " + std::to_string(r));
        }
    }
    return {};
}

}  // namespace qry::schema
