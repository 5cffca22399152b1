// What the web service says: which tables there are, and their rows page by page.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <qry/call.hpp>
#include <qry/kit/arrow/type.hpp>
#include <qry/kit/http/client.hpp>
#include <qry/kit/json/reader.hpp>
#include <qry/verbs.hpp>

namespace rest {

struct table {
    std::string name;
    std::string comment;
    // What they are as Arrow, and how their values stand in a page; in the same order.
    std::vector<qry::arrow::field> fields;
    std::vector<qry::json::column> cells;
};

struct page {
    // What `rows` looks into; too long for a string's own room, so that moving it moves no byte.
    std::string body;
    // A JSON array of arrays, with json::padding behind it.
    std::string_view rows;
    // The path of the next page; empty = there is none.
    std::string next;
};

class service {
public:
    // Reads the parameters and the secret; sends nothing.
    [[nodiscard]] static qry::result<std::unique_ptr<service>> make(
        const qry::connect_request& request, const qry::call& c
    );

    // GET /tables
    [[nodiscard]] qry::task<qry::result<std::vector<table>>> tables(std::int64_t deadline_ns);
    // GET /tables/NAME/rows, or a page's `next`.
    [[nodiscard]] qry::task<qry::result<page>> rows(std::string path, std::int64_t deadline_ns);
    // Ends what is in flight; it ends as query_cancelled.
    void interrupt() noexcept { client_->interrupt(); }

private:
    service(std::string origin, std::unique_ptr<qry::http::client> client);
    [[nodiscard]] qry::task<qry::result<std::string>> get(
        std::string path, std::int64_t deadline_ns
    );

    const std::string origin_;
    std::unique_ptr<qry::http::client> client_;
};

}  // namespace rest
