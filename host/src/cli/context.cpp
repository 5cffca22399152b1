#include "cli/context.hpp"

#include <pwd.h>
#include <unistd.h>

#include <cstdio>

#include <nlohmann/json.hpp>

namespace qry::cli {

namespace {

std::string user_name() {
    const passwd* entry = getpwuid(getuid());
    return entry != nullptr ? entry->pw_name : "uid " + std::to_string(getuid());
}

}  // namespace

host_options context::options() const {
    host_options options;
    options.registry = registry;
    options.actor = user_name();
    return options;
}

result<host_ptr> context::open() {
    if (host_) return host_;
    auto opened = host::open(options());
    if (!opened) return std::move(opened).error();
    host_ = std::move(*opened);
    return host_;
}

result<datasource_ptr> context::datasource(const std::string& name) {
    auto opened = open();
    if (!opened) return std::move(opened).error();
    return await<datasource_ptr>(signals, [&](completion<datasource_ptr> done) {
        host_->get(name, std::move(done));
    });
}

void context::close() {
    if (!host_) return;
    (void)await<void>(signals, [&](completion<void> done) { host_->close(std::move(done)); });
    host_.reset();
}

void context::print(std::string_view text) const {
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

void context::print_json(const nlohmann::ordered_json& value) const {
    print(value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

void context::note(std::string_view text) const {
    if (quiet || json) return;
    std::fwrite(text.data(), 1, text.size(), stderr);
}

}  // namespace qry::cli
