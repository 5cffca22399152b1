#include "service/settings.hpp"

#include <array>

#include <openssl/evp.h>

#include <qry/registry/file_names.hpp>

namespace qry::service {

namespace {

error wrong(std::string parameter, std::string message, std::string hint = {}) {
    return {
        .kind = status::invalid_parameter,
        .message = std::move(message),
        .hint = std::move(hint),
        .from = origin::host,
        .parameter = std::move(parameter)};
}

constexpr int largest_pool = 1000;

result<void> check_limits(const store::datasource_row& row) {
    if (row.timeout && row.timeout->count() <= 0) {
        return wrong(
            "timeout",
            "timeout is not positive; expected a duration above zero",
            "give seconds, or 250ms, 90s, 5m, 2h"
        );
    }
    if (row.pool_min_size < 0) {
        return wrong(
            "pool_min_size",
            "pool_min_size is " + std::to_string(row.pool_min_size) + "; expected 0 or more"
        );
    }
    if (row.pool_max_size < 1 || row.pool_max_size > largest_pool) {
        return wrong(
            "pool_max_size",
            "pool_max_size is " + std::to_string(row.pool_max_size) + "; expected 1 to " +
                std::to_string(largest_pool)
        );
    }
    if (row.pool_min_size > row.pool_max_size) {
        return wrong(
            "pool_min_size",
            "pool_min_size is " + std::to_string(row.pool_min_size) +
                ", more than pool_max_size, which is " + std::to_string(row.pool_max_size)
        );
    }
    constexpr std::array known = {"process", "inline", "datasource"};
    for (const char* name : known) {
        if (row.isolation == name) return {};
    }
    return wrong(
        "isolation",
        "isolation is '" + row.isolation + "'; expected 'process', 'inline' or 'datasource'"
    );
}

}  // namespace

result<std::map<std::string, std::string>> check_settings(
    const registry::catalog& plugins,
    const store::datasource_row& row,
    const std::set<std::string>& secrets
) {
    if (auto limits = check_limits(row); !limits) return std::move(limits).error();
    auto plugin = plugins.find(row.driver);
    if (!plugin) return std::move(plugin).error();
    auto checked = registry::validate((*plugin)->about.parameters, row.params, secrets);
    if (checked.problems.empty()) return std::move(checked.values);
    const auto& first = checked.problems.front();
    error all = wrong(first.parameter, {}, first.hint);
    for (const auto& problem : checked.problems) {
        if (!all.message.empty()) all.message += "; ";
        all.message += problem.message;
    }
    if (all.hint.empty()) {
        all.hint = "'qry-host drivers show " + row.driver + "' lists the parameters";
    }
    return all;
}

result<void> settle_files(
    const registry::catalog& plugins,
    const std::string& driver,
    std::map<std::string, std::string>& params,
    callers whose
) {
    auto plugin = plugins.find(driver);
    if (!plugin) return {};
    const auto& schema = (*plugin)->about.parameters;
    if (whose == callers::here) {
        registry::make_absolute(schema, params);
        return {};
    }
    const std::string* name = registry::relative_file(schema, params);
    if (name == nullptr) return {};
    return wrong(
        *name,
        "parameter '" + *name + "' is '" + params.at(*name) + "'; expected an absolute path",
        "the daemon has a working directory of its own; write the path from / on"
    );
}

store::datasource_row to_row(const datasource_spec& spec, const std::string& isolation) {
    store::datasource_row row;
    row.name = spec.name;
    row.driver = spec.driver;
    row.params = spec.params;
    row.timeout = spec.timeout;
    row.pool_min_size = spec.pool_min_size;
    row.pool_max_size = spec.pool_max_size;
    row.isolation = spec.isolation.value_or(isolation);
    return row;
}

void apply(const datasource_change& change, store::datasource_row& row) {
    for (const auto& [name, value] : change.params) {
        if (value.empty()) {
            row.params.erase(name);
        } else {
            row.params[name] = value;
        }
    }
    if (change.new_name) row.name = *change.new_name;
    if (change.timeout) row.timeout = change.timeout;
    if (change.pool_min_size) row.pool_min_size = *change.pool_min_size;
    if (change.pool_max_size) row.pool_max_size = *change.pool_max_size;
    if (change.isolation) row.isolation = *change.isolation;
}

datasource_info to_info(const store::datasource_row& row) {
    datasource_info info;
    info.id = row.id;
    info.name = row.name;
    info.driver = row.driver;
    info.params = row.params;
    info.secrets = row.secret_names;
    info.timeout = row.timeout;
    info.pool_min_size = row.pool_min_size;
    info.pool_max_size = row.pool_max_size;
    info.isolation = row.isolation;
    info.version = row.version;
    info.state = row.state;
    info.state_message = row.state_message;
    info.checked_at = row.checked_at;
    return info;
}

session::target_ptr to_target(
    const store::datasource_row& row,
    std::map<std::string, std::string> params,
    std::map<std::string, secret> secrets
) {
    auto made = std::make_shared<session::target>();
    made->datasource = row.name;
    made->driver = row.driver;
    made->params = std::move(params);
    made->secrets = std::move(secrets);
    if (row.timeout) {
        made->timeout = *row.timeout;
        made->timeout_source = "datasource '" + row.name + "'";
    }
    made->pool_min_size = row.pool_min_size;
    made->pool_max_size = row.pool_max_size;
    return made;
}

std::string config_hash(const store::datasource_row& row) {
    // Lengths in front, so that no two configurations run together.
    std::string text;
    const auto add = [&text](const std::string& part) {
        text += std::to_string(part.size()) + ':' + part;
    };
    add(row.driver);
    for (const auto& [name, value] : row.params) {
        add(name);
        add(value);
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    std::size_t size = 0;
    EVP_Q_digest(nullptr, "SHA256", nullptr, text.data(), text.size(), digest.data(), &size);
    std::string hex;
    constexpr char digits[] = "0123456789abcdef";
    for (std::size_t i = 0; i < 16; ++i) {
        hex += digits[digest[i] >> 4];
        hex += digits[digest[i] & 15];
    }
    return hex;
}

}  // namespace qry::service
