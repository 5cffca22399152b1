#include "service.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <utility>

#include <qry/kit/json/members.hpp>

namespace rest {

namespace arrow = qry::arrow;
namespace http = qry::http;

namespace {

qry::error broken(const std::string& what) {
    return {
        .kind = qry::status::connection_failed,
        .message = "the service broke its protocol: " + what,
        .hint = "Check that url is the address of a service that speaks it.",
        .from = qry::origin::server};
}

qry::error refused(const http::response& answer) {
    const std::string code = "HTTP " + std::to_string(answer.status);
    if (answer.status == 401 || answer.status == 403) {
        return {
            .kind = qry::status::authentication_failed,
            .message = "the service refused the login (" + code + ")",
            .hint = "Check token.",
            .from = qry::origin::server};
    }
    return {
        .kind = answer.status == 404 ? qry::status::query_error : qry::status::connection_failed,
        .message = "the service answered " + code,
        .hint = answer.status == 404 ? "Check the name of the table." : "Run it again later.",
        .from = qry::origin::server,
        .retryable = answer.status >= 500};
}

std::optional<arrow::data_type> type_of(const std::string& name) {
    using arrow::type_id;
    if (name == "integer") return type_id::int64;
    if (name == "number") return type_id::float64;
    if (name == "boolean") return type_id::boolean;
    if (name == "text") return type_id::utf8;
    if (name == "date") return type_id::date32;
    if (name == "time") return arrow::data_type::timestamp(arrow::time_unit::micro, "UTC");
    return std::nullopt;
}

// Throws nlohmann's exceptions.
std::vector<table> read_tables(const std::string& body) {
    std::vector<table> out;
    const auto document = nlohmann::json::parse(body);
    for (const auto& listed : document.at("tables")) {
        table t{.name = listed.at("name"), .comment = listed.value("comment", "")};
        for (const auto& column : listed.at("columns")) {
            const std::string name = column.at("name");
            const std::string type = column.at("type");
            const auto known = type_of(type);
            // A type of a later version of the service comes as its JSON text.
            const arrow::data_type as = known.value_or(arrow::type_id::utf8);
            t.fields.push_back({.name = name, .type = as, .metadata = {{QRY_META_TYPE, type}}});
            t.cells.push_back(
                {.name = name,
                 .type = as,
                 .as = known ? qry::json::form::plain : qry::json::form::raw}
            );
        }
        out.push_back(std::move(t));
    }
    return out;
}

}  // namespace

service::service(std::string origin, std::unique_ptr<http::client> client)
    : origin_(std::move(origin)), client_(std::move(client)) {}

qry::result<std::unique_ptr<service>> service::make(
    const qry::connect_request& request, const qry::call& c
) {
    http::options how;
    how.user_agent = "qry-rest/1.0.0";
    how.tls.ca_file = request.params.get("ca_file", "");
    auto client = http::client::make({request.loop, qry::host_services()->loop}, std::move(how));
    if (!client) return std::move(client).error();
    auto token = std::make_shared<qry::secret>(c.read_secret("token"));
    if (!token->empty()) {
        (*client)->authorize_with([token](bool) -> qry::task<qry::result<qry::secret>> {
            std::string text = "Bearer " + std::string(token->reveal());
            qry::secret header(text);
            qry::wipe(text.data(), text.size());
            co_return header;
        });
    }
    return std::unique_ptr<service>(
        new service(std::string(request.params.get("url", "")), std::move(*client))
    );
}

qry::task<qry::result<std::string>> service::get(std::string path, std::int64_t deadline_ns) {
    http::request what;
    what.url = origin_ + path;
    what.headers = {{"Accept", "application/json"}};
    what.deadline_ns = deadline_ns;
    auto answer = co_await client_->send(what);
    if (!answer) co_return std::move(answer).error();
    if (answer->status != 200) co_return refused(*answer);
    co_return std::move(answer->body);
}

qry::task<qry::result<std::vector<table>>> service::tables(std::int64_t deadline_ns) {
    auto body = co_await get("/tables", deadline_ns);
    if (!body) co_return std::move(body).error();
    try {
        co_return read_tables(*body);
    } catch (const nlohmann::json::exception&) {
    }
    co_return broken("/tables is not a list of tables with names and columns");
}

qry::task<qry::result<page>> service::rows(std::string path, std::int64_t deadline_ns) {
    auto body = co_await get(std::move(path), deadline_ns);
    if (!body) co_return std::move(body).error();
    page out;
    out.body = std::move(*body);
    out.body.append(qry::json::padding, ' ');
    const std::string_view text(out.body.data(), out.body.size() - qry::json::padding);
    auto members = qry::json::read_members(text);
    if (!members) co_return std::move(members).error();
    for (const auto& m : *members) {
        if (m.name == "rows") out.rows = m.raw;
        if (m.name != "next") continue;
        const auto next = nlohmann::json::parse(m.raw, nullptr, false);
        if (next.is_string()) out.next = next.get<std::string>();
    }
    if (out.rows.empty()) co_return broken("a page without rows");
    // The login goes to this service only.
    if (!out.next.empty() && !out.next.starts_with("/")) {
        co_return broken("next is not a path of this service");
    }
    co_return out;
}

}  // namespace rest
