// A fresh registry of either backend, for one test.
#pragma once

#include "postgres_server.hpp"
#include "store/connection.hpp"
#include "store/store.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace qry::test {

class temporary_folder {
public:
    temporary_folder();
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder();
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

private:
    std::filesystem::path path_;
};

// "sqlite", and "postgresql" where a server is installed.
[[nodiscard]] std::vector<std::string> backends();
// The one server of this program; started on first use.
[[nodiscard]] postgres_server& server();

class test_registry {
public:
    explicit test_registry(const std::string& backend);

    [[nodiscard]] const std::string& location() const noexcept { return location_; }
    std::unique_ptr<store::store> open(store::open_options options = {}) const;
    // Statements behind the store's back, in one transaction.
    void sql(const std::string& statements) const;
    [[nodiscard]] std::int64_t number(const std::string& select) const;

private:
    [[nodiscard]] std::unique_ptr<store::connection> connect() const;

    temporary_folder folder_;
    std::string location_;
};

// The value, or a failed test that shows the error.
template <class T>
T get(result<T> r) {
    if (!r) FAIL("unexpected error: " << r.error().message << " / " << r.error().detail);
    return std::move(*r);
}
inline void get(result<void> r) {
    if (!r) FAIL("unexpected error: " << r.error().message << " / " << r.error().detail);
}
template <class T>
error failed(result<T> r) {
    REQUIRE_FALSE(r.has_value());
    return std::move(r).error();
}

[[nodiscard]] store::datasource_row sales(const std::string& name = "sales");

}  // namespace qry::test

// The body that follows runs once for each backend, with `backend` as its name.
#define FOR_EACH_BACKEND(backend)                                            \
    const std::string backend = GENERATE(from_range(qry::test::backends())); \
    CAPTURE(backend)
