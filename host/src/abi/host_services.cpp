#include "abi/host_services.hpp"

#include <cstring>

#include <qry/host.hpp>

#include "abi/arena.hpp"
#include "abi/call.hpp"
#include "abi/egress.hpp"
#include "abi/guard.hpp"
#include "abi/loop.hpp"
#include "base/log.hpp"

namespace qry::abi {

namespace {

// A report that cannot be passed on (no memory) is lost; the call goes on.
template <class Body>
void quietly(Body&& body) noexcept {
    try {
        body();
    } catch (...) {
    }
}

void log(std::int32_t level, const char* text) noexcept {
    if (text == nullptr) return;
    const auto asked = static_cast<base::log_level>(level < 1 ? 1 : level > 5 ? 5 : level);
    write_plugin_log(asked, "plugin", std::string_view(text, strnlen(text, 8196)));
}

std::int32_t log_level() noexcept {
    return static_cast<std::int32_t>(base::log_threshold());
}

qry_status read_secret(
    qry_call* call, const char* name, char* buffer, size_t capacity, size_t* length
) noexcept {
    *length = 0;
    const call_owner* owner = call_slot::owner_of(call, "a secret was asked for out of turn");
    if (owner == nullptr || !owner->secrets_readable()) return QRY_NOT_FOUND;
    try {
        const auto found = owner->secrets().find(name);
        if (found == owner->secrets().end()) return QRY_NOT_FOUND;
        const std::string_view value = found->second.reveal();
        *length = value.size();
        if (value.size() > capacity) return QRY_RESOURCE_LIMIT;
        if (!value.empty()) std::memcpy(buffer, value.data(), value.size());
        return QRY_OK;
    } catch (...) {
        return QRY_NOT_FOUND;
    }
}

void notice(qry_call* call, const qry_notice* raw) noexcept {
    quietly([&] {
        call_owner* owner = call_slot::owner_of(call, "a notice came out of turn");
        if (owner == nullptr) return;
        const secret_map& secrets = owner->secrets();
        owner->noticed(
            {.severity = clean_text(raw->severity, secrets),
             .sqlstate = clean_text(raw->sqlstate, secrets),
             .message = clean_text(raw->message, secrets)}
        );
    });
}

void test_step(qry_call* call, const qry_test_step* raw) noexcept {
    quietly([&] {
        call_owner* owner = call_slot::owner_of(call, "a step of a test came out of turn");
        if (owner == nullptr) return;
        const secret_map& secrets = owner->secrets();
        owner->stepped(
            {.name = clean_text(raw->name, secrets),
             .ok = raw->ok == 1,
             .elapsed = duration(raw->duration_ns),
             .detail = clean_text(raw->detail, secrets),
             .hint = clean_text(raw->hint, secrets)}
        );
    });
}

// Nobody listens to a running statement's progress yet; the call is valid and costs nothing.
void progress(qry_call*, const qry_progress*) noexcept {}

void server_info(qry_call* call, const char* key, const char* value) noexcept {
    quietly([&] {
        call_owner* owner = call_slot::owner_of(call, "a fact of the server came out of turn");
        if (owner == nullptr) return;
        const secret_map& secrets = owner->secrets();
        owner->informed(clean_text(key, secrets), clean_text(value, secrets));
    });
}

void* buffer_alloc(qry_arena* arena, size_t size) noexcept {
    return arena->alloc(size);
}
void* buffer_resize(qry_arena* arena, void* buffer, size_t old_size, size_t size) noexcept {
    return arena->resize(buffer, old_size, size);
}
void buffer_free(qry_arena* arena, void* buffer, size_t size) noexcept {
    arena->free(buffer, size);
}

// An unknown id is answered with NULL in every version.
const void* get_extension(const char* id) noexcept {
    return id != nullptr && std::string_view(id) == QRY_EXT_EGRESS ? &egress() : nullptr;
}

}  // namespace

const qry_host& host_services() noexcept {
    static const qry_host table = {
        .struct_size = sizeof(qry_host),
        .abi_major = QRY_ABI_MAJOR,
        .abi_minor = QRY_ABI_MINOR,
        .version = version(),
        .log = &log,
        .log_level = &log_level,
        .loop = &loop_services(),
        .secret = &read_secret,
        .notice = &notice,
        .test_step = &test_step,
        .progress = &progress,
        .server_info = &server_info,
        .buffer_alloc = &buffer_alloc,
        .buffer_resize = &buffer_resize,
        .buffer_free = &buffer_free,
        .get_extension = &get_extension};
    return table;
}

}  // namespace qry::abi
