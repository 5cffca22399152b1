#include "postgresql_url.hpp"

#include <libpq-fe.h>

#include <map>
#include <memory>
#include <string_view>

namespace qry::store {

namespace {

struct options_deleter {
    void operator()(PQconninfoOption* options) const noexcept {
        for (auto* one = options; one->keyword != nullptr; ++one) {
            const std::string_view keyword = one->keyword;
            if (one->val != nullptr && keyword == "password")
                wipe(one->val, std::char_traits<char>::length(one->val));
        }
        PQconninfoFree(options);
    }
};
using conninfo = std::unique_ptr<PQconninfoOption, options_deleter>;

std::string shown_from(const std::map<std::string, std::string>& parts) {
    const auto part = [&](const char* name) {
        const auto found = parts.find(name);
        return found == parts.end() ? std::string() : found->second;
    };
    std::string shown = "postgresql://";
    if (!part("user").empty()) shown += part("user") + "@";
    const std::string host = part("host").empty() ? part("hostaddr") : part("host");
    // A folder of Unix sockets holds slashes, which a URL must not have there.
    const bool folder = !host.empty() && host.front() == '/';
    if (!folder) shown += host;
    if (!folder && !part("port").empty()) shown += ":" + part("port");
    shown += "/" + part("dbname");
    if (folder) shown += "?host=" + host + (part("port").empty() ? "" : "&port=" + part("port"));
    return shown;
}

}  // namespace

result<postgresql_url> read_postgresql_url(const std::string& url) {
    char* text = nullptr;
    const conninfo options(PQconninfoParse(url.c_str(), &text));
    PQfreemem(text);
    if (!options) {
        return error{
            .kind = status::invalid_parameter,
            .message = "the registry's location is not a valid PostgreSQL URL",
            .hint =
                "expected postgresql://user:password@host:port/database; characters such as "
                "@ : / % # ? in user or password are written as %40 %3A %2F %25 %23 %3F",
            .from = origin::host,
            .parameter = "registry"};
    }
    postgresql_url out;
    std::map<std::string, std::string> parts;
    for (auto* one = options.get(); one->keyword != nullptr; ++one) {
        if (one->val == nullptr) continue;
        if (std::string_view(one->keyword) == "password") {
            out.password = secret(std::string_view(one->val));
        } else {
            parts[one->keyword] = one->val;
        }
    }
    out.shown = shown_from(parts);
    return out;
}

std::string without_password(std::string text, const secret& password) {
    const std::string_view hidden = password.reveal();
    if (hidden.empty()) return text;
    for (auto at = text.find(hidden); at != std::string::npos; at = text.find(hidden, at + 3))
        text.replace(at, hidden.size(), "***");
    return text;
}

}  // namespace qry::store
