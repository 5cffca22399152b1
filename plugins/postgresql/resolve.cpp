#include "resolve.hpp"

#include <qry/clock.hpp>
#include <qry/kit/net/lookup.hpp>

namespace qry::postgresql {

namespace {

std::vector<std::string> split(std::string_view list) {
    std::vector<std::string> parts;
    for (;;) {
        const std::size_t comma = list.find(',');
        parts.emplace_back(list.substr(0, comma));
        if (comma == std::string_view::npos) return parts;
        list.remove_prefix(comma + 1);
    }
}

error bad_list(std::string parameter, std::string message) {
    return {
        .kind = status::invalid_parameter,
        .message = std::move(message),
        .hint = "Give one entry for each host, or a single one for all.",
        .parameter = std::move(parameter)};
}

}  // namespace

std::string endpoint::name() const {
    if (local()) return (host.empty() ? "the default socket folder" : host) + ", port " + port;
    if (host.empty() || host == address) return address + ":" + port;
    return host + ":" + port + (address.empty() ? "" : " (" + address + ")");
}

result<std::vector<endpoint>> read_endpoints(
    std::string_view hosts, std::string_view addresses, std::string_view ports
) {
    const auto host = split(hosts);
    const auto address = split(addresses);
    const auto port = split(ports);
    const std::size_t count = addresses.empty() ? host.size() : address.size();
    if (!addresses.empty() && !hosts.empty() && host.size() != count) {
        return bad_list(
            "hostaddr",
            "hostaddr has " + std::to_string(count) + " entries, but host has " +
                std::to_string(host.size())
        );
    }
    if (port.size() != 1 && port.size() != count) {
        return bad_list(
            "port",
            "port has " + std::to_string(port.size()) + " entries, but there are " +
                std::to_string(count) + " hosts"
        );
    }
    std::vector<endpoint> all;
    for (std::size_t i = 0; i < count; ++i) {
        endpoint e;
        if (!hosts.empty()) e.host = host[i];
        if (!addresses.empty()) e.address = address[i];
        e.port = port.size() == 1 ? port[0] : port[i];
        if (e.port.empty()) e.port = "5432";
        if (e.address.empty() && net::is_numeric_address(e.host)) e.address = e.host;
        all.push_back(std::move(e));
    }
    return all;
}

error stopped(wake why, std::string_view doing) {
    if (why == wake::interrupted) {
        return {.kind = status::query_cancelled, .message = "connecting was cancelled"};
    }
    return {
        .kind = status::connection_failed,
        .message = "no answer in time while " + std::string(doing),
        .hint = "Check host and port and any firewall in between, or raise connect_timeout.",
        .retryable = true};
}

// One name after the other: lists are short, and their order is the order of trying.
task<result<std::vector<endpoint>>> resolve(
    waiter& place, std::vector<endpoint> hosts, std::int64_t deadline_ns
) {
    std::vector<endpoint> all;
    error why;
    for (endpoint& e : hosts) {
        if (e.local() || !e.address.empty()) {
            all.push_back(std::move(e));
            continue;
        }
        auto found = co_await net::look_up(place, e.host, deadline_ns);
        if (found) {
            for (std::string& address : *found)
                all.push_back({e.host, std::move(address), e.port});
            continue;
        }
        why = std::move(found).error();
        if (why.kind == status::query_cancelled) {
            co_return stopped(wake::interrupted, "looking up the host name");
        }
        if (why.kind != status::connection_failed) co_return why;
        if (now_ns() >= deadline_ns) co_return stopped(wake::timeout, "looking up the host name");
    }
    if (all.empty() && !hosts.empty()) {
        why.hint = "Check the parameter host, or give the address in hostaddr.";
        co_return why;
    }
    co_return std::move(all);
}

}  // namespace qry::postgresql
