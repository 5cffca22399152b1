// What a verb written in C++ sees of its call, and the one place where exceptions end.
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <new>
#include <span>
#include <string>
#include <string_view>

#include "host.h"
#include "result.hpp"
#include "secret.hpp"
#include "session.h"

namespace qry {

// The host's services, set once by init(). One per plugin: the variable is hidden with the rest.
inline const qry_host*& host_services() noexcept {
    static const qry_host* services = nullptr;
    return services;
}

inline void log(std::int32_t level, const char* text) noexcept {
    const qry_host* host = host_services();
    if (host != nullptr && host->log_level() >= level) host->log(level, text);
}

struct notice {
    std::string severity;
    std::string sqlstate;
    std::string message;
};

struct test_step {
    std::string name;
    bool ok = false;
    std::chrono::nanoseconds duration{};
    std::string detail;
    std::string hint;
};

// Borrowed: valid until the verb completes.
class call {
public:
    explicit call(qry_call* raw) noexcept : raw_(raw) {}

    // Absolute, CLOCK_MONOTONIC nanoseconds; INT64_MAX = none.
    [[nodiscard]] std::int64_t deadline_ns() const noexcept { return raw_->deadline_ns; }
    [[nodiscard]] const char* query_id() const noexcept { return raw_->query_id; }
    [[nodiscard]] qry_call* raw() const noexcept { return raw_; }

    // A secret of the datasource; empty when it has none of that name.
    [[nodiscard]] secret read_secret(const char* name) const {
        std::size_t length = 0;
        if (host_services()->secret(raw_, name, nullptr, 0, &length) == QRY_NOT_FOUND) return {};
        std::string buffer(length, '\0');
        host_services()->secret(raw_, name, buffer.data(), buffer.size(), &length);
        secret out{std::string_view(buffer.data(), length)};
        wipe(buffer.data(), buffer.size());
        return out;
    }
    void report(const notice& n) const {
        const qry_notice raw{
            sizeof(qry_notice),
            n.severity.c_str(),
            n.sqlstate.empty() ? nullptr : n.sqlstate.c_str(),
            n.message.c_str()};
        host_services()->notice(raw_, &raw);
    }
    void report(const test_step& s) const {
        const qry_test_step raw{
            sizeof(qry_test_step),
            s.name.c_str(),
            s.ok ? 1 : 0,
            s.duration.count(),
            s.detail.empty() ? nullptr : s.detail.c_str(),
            s.hint.empty() ? nullptr : s.hint.c_str()};
        host_services()->test_step(raw_, &raw);
    }
    void server_info(const char* key, const std::string& value) const {
        host_services()->server_info(raw_, key, value.c_str());
    }

private:
    qry_call* raw_;
};

// The parameters of a connect request, by name.
class parameters {
public:
    explicit parameters(std::span<const qry_param> params) noexcept : params_(params) {}
    // NULL when not given and without a default.
    [[nodiscard]] const char* find(std::string_view name) const noexcept {
        for (const qry_param& p : params_) {
            if (name == p.name) return p.value;
        }
        return nullptr;
    }
    [[nodiscard]] std::string_view get(std::string_view name, std::string_view otherwise)
        const noexcept {
        const char* value = find(name);
        return value != nullptr ? std::string_view(value) : otherwise;
    }
    [[nodiscard]] auto begin() const noexcept { return params_.begin(); }
    [[nodiscard]] auto end() const noexcept { return params_.end(); }

private:
    std::span<const qry_param> params_;
};

// Ends a call with a result; the value, if any, has been handed over by the caller.
template <class T>
void complete(qry_call* raw, const result<T>& outcome) noexcept {
    if (outcome) {
        raw->complete(raw, nullptr);
        return;
    }
    const qry_error e = to_c(outcome.error());
    raw->complete(raw, &e);
}

// The barrier: what an escaped exception becomes. Called from catch blocks only.
inline error current_exception_as_error(const char* verb) noexcept {
    try {
        try {
            throw;
        } catch (const std::bad_alloc&) {
            return {
                .kind = status::resource_limit, .message = std::string(verb) + ": out of memory"};
        } catch (const std::exception& e) {
            return {
                .kind = status::plugin_error,
                .message = std::string(verb) + ": unexpected exception: " + e.what()};
        } catch (...) {
            return {
                .kind = status::plugin_error,
                .message = std::string(verb) + ": an exception of an unknown type"};
        }
    } catch (...) {
        return {.kind = status::resource_limit, .message = {}};
    }
}

// Runs a verb's body and completes the call exactly once, whatever the body does. The body returns
// a result<T>; hand() passes its value on before completion.
template <class Body, class Hand>
void fail_closed(qry_call* raw, const char* verb, Body&& body, Hand&& hand) noexcept {
    auto guarded = [&]() noexcept {
        try {
            return body();
        } catch (...) {
            return decltype(body())(current_exception_as_error(verb));
        }
    };
    auto outcome = guarded();
    if constexpr (!std::is_void_v<typename decltype(outcome)::value_type>) {
        if (outcome) hand(*outcome);
    }
    complete(raw, outcome);
}

}  // namespace qry
