// A host on a registry of its own, and blocking versions of what the façade does.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <qry/kit/arrow/array_view.hpp>

#include <catch2/catch.hpp>
#include <qry/host.hpp>

namespace qry::test {

// Removed with everything in it.
class temporary_folder {
public:
    temporary_folder();
    ~temporary_folder();
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    [[nodiscard]] std::string file(const std::string& name) const { return path_ / name; }

private:
    std::filesystem::path path_;
};

inline host_ptr open_host(
    const std::string& registry = ":memory:", const std::string& key = "key"
) {
    host_options options;
    options.registry = registry;
    options.jwt_secret_key = secret(key);
    auto opened = host::open(std::move(options));
    REQUIRE(opened);
    return *opened;
}

inline result<datasource_ptr> create(host& in, datasource_spec spec) {
    return wait<datasource_ptr>([&](auto done) { in.create(std::move(spec), std::move(done)); });
}

inline datasource_spec sqlite_spec(const std::string& name, const std::string& path = ":memory:") {
    datasource_spec spec;
    spec.name = name;
    spec.driver = "sqlite";
    spec.params["path"] = path;
    if (path != ":memory:") spec.params["mode"] = "rwc";
    return spec;
}

inline result<result_ptr> execute(datasource& on, query what) {
    return wait<result_ptr>([&](auto done) { (void)on.execute(std::move(what), std::move(done)); });
}

inline query sql(std::string text) {
    query what;
    what.sql = std::move(text);
    return what;
}

using rows = std::vector<std::vector<std::string>>;

// Reads the rest of a result as text.
result<rows> read_all(query_result& from);
// Executes and reads; the error of either.
result<rows> run(datasource& on, query what);

}  // namespace qry::test

// A failed assertion shows the error, not a question mark.
template <class T>
struct Catch::StringMaker<qry::result<T>> {
    static std::string convert(const qry::result<T>& r) {
        if (r) return "a value";
        return std::string(qry::kind_name(r.error().kind)) + ": " + r.error().message;
    }
};
