#include "page.hpp"

#include <nlohmann/json.hpp>

#include "error.hpp"

namespace qry::starburst {

namespace {

using tree = nlohmann::json;

std::string text_of(const tree& in, const char* name) {
    const auto found = in.find(name);
    return found != in.end() && found->is_string() ? found->get<std::string>() : std::string();
}
std::int64_t number_of(const tree& in, const char* name) {
    const auto found = in.find(name);
    return found != in.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

query_stats read_stats(const tree& in) {
    query_stats out;
    out.state = text_of(in, "state");
    const auto percentage = in.find("progressPercentage");
    if (percentage != in.end() && percentage->is_number()) out.percentage = *percentage;
    out.total_splits = number_of(in, "totalSplits");
    out.completed_splits = number_of(in, "completedSplits");
    out.processed_rows = number_of(in, "processedRows");
    out.processed_bytes = number_of(in, "processedBytes");
    return out;
}

server_error read_failure(const tree& in) {
    server_error out;
    out.message = text_of(in, "message");
    out.name = text_of(in, "errorName");
    out.type = text_of(in, "errorType");
    out.code = number_of(in, "errorCode");
    const auto place = in.find("errorLocation");
    if (place != in.end() && place->is_object()) {
        out.line = number_of(*place, "lineNumber");
        out.column = number_of(*place, "columnNumber");
    }
    return out;
}

void read_columns(const tree& in, std::vector<column_head>& out) {
    for (const tree& column : in)
        out.push_back({text_of(column, "name"), text_of(column, "type")});
}

void read_warnings(const tree& in, std::vector<query_warning>& out) {
    for (const tree& warning : in) {
        const auto code = warning.find("warningCode");
        out.push_back(
            {code != warning.end() && code->is_object() ? text_of(*code, "name") : "",
             text_of(warning, "message")}
        );
    }
}

// The strings of a segment are small but for inline data, which stays where it is.
result<segment> read_segment(std::string_view raw) {
    auto members = tree::object();
    segment out;
    auto parts = json::read_members(raw);
    if (!parts) return std::move(parts).error();
    for (const auto& [name, value, token] : *parts) {
        if (name == "data") {
            // base64 has no escapes: what stands between the quotes.
            if (value.size() >= 2) out.inline_data = value.substr(1, value.size() - 2);
        } else {
            members[name] = tree::parse(value);
        }
    }
    out.uri = text_of(members, "uri");
    out.ack_uri = text_of(members, "ackUri");
    const tree about = members.value("metadata", tree::object());
    out.segment_size = static_cast<std::size_t>(number_of(about, "segmentSize"));
    out.uncompressed_size = static_cast<std::size_t>(number_of(about, "uncompressedSize"));
    const tree headers = members.value("headers", tree::object());
    for (const auto& [name, values] : headers.items()) {
        for (const tree& value : values)
            out.headers.emplace_back(name, value.get<std::string>());
    }
    return out;
}

result<void> read_data(const json::member& data, page& out) {
    if (data.raw == "null") return {};
    if (data.raw.starts_with('[')) {
        out.rows = data.raw;
        out.rows_token = data.token;
        return {};
    }
    auto parts = json::read_members(data.raw);
    if (!parts) return std::move(parts).error();
    for (const auto& [name, value, token] : *parts) {
        if (name == "encoding") {
            out.encoding = tree::parse(value).get<std::string>();
        } else if (name == "segments") {
            auto objects = json::read_items(value);
            if (!objects) return std::move(objects).error();
            for (const std::string_view object : *objects) {
                auto piece = read_segment(object);
                if (!piece) return std::move(piece).error();
                out.segments.push_back(std::move(*piece));
            }
        }
    }
    return {};
}

result<void> read_member(const json::member& m, std::string_view sql, page& out) {
    if (m.name == "data") return read_data(m, out);
    // Trees of these are large, and nobody reads them here.
    if (m.name == "infoUri" || m.name == "partialCancelUri") return {};
    const tree value = tree::parse(m.raw);
    if (value.is_null()) return {};
    if (m.name == "id") {
        out.id = value.get<std::string>();
    } else if (m.name == "nextUri") {
        out.next_uri = value.get<std::string>();
    } else if (m.name == "columns") {
        read_columns(value, out.columns);
    } else if (m.name == "stats") {
        out.stats = read_stats(value);
    } else if (m.name == "warnings") {
        read_warnings(value, out.warnings);
    } else if (m.name == "updateType") {
        out.update_type = value.get<std::string>();
    } else if (m.name == "updateCount") {
        out.update_count = value.get<std::int64_t>();
    } else if (m.name == "error") {
        out.failure = make_error(read_failure(value), sql);
    }
    return {};
}

}  // namespace

result<page> read_page(json::document& in, std::string_view body, std::string_view sql) {
    auto members = in.read_members(body);
    if (!members) return protocol_broken("its reply is not a JSON object");
    page out;
    try {
        for (const json::member& m : *members) {
            auto read = read_member(m, sql, out);
            if (!read) return std::move(read).error();
        }
    } catch (const tree::exception&) {
        return protocol_broken("a member of its reply has not the type that it should have");
    }
    if (out.id.empty()) return protocol_broken("its reply names no query");
    return out;
}

}  // namespace qry::starburst
