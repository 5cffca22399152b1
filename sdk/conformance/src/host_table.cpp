#include <cstring>
#include <mutex>
#include <string_view>
#include <utility>

#include <qry/ext/egress.h>

#include "qry/conformance/arena.hpp"
#include "qry/conformance/loaded_plugin.hpp"
#include "qry/conformance/loop.hpp"
#include "tracked_call.hpp"

namespace qry::conformance {
namespace {

struct log_book {
    std::mutex mutex;
    // Guarded by mutex
    std::vector<log_line> lines;
};

// The one global of this library: qry_host.log carries no context.
log_book& logged() {
    static log_book book;
    return book;
}

std::string text(const char* s) {
    return s != nullptr ? std::string(s) : std::string();
}

void log(std::int32_t level, const char* line) {
    const std::lock_guard lock(logged().mutex);
    logged().lines.push_back({level, text(line)});
}

std::int32_t log_level() {
    return QRY_LOG_TRACE;
}

qry_status secret(
    qry_call* call, const char* name, char* buffer, std::size_t capacity, std::size_t* length
) {
    tracked_call& c = tracked_call::of(call);
    c.must_be_in_flight("secret");
    *length = 0;
    if (c.where() == nullptr) {
        c.book().add(violation{
            "host.secret_when", "secret was called in " + c.verb() + "; only connect and test may"}
        );
        return QRY_NOT_FOUND;
    }
    const auto found = c.where()->secrets.find(name);
    if (found == c.where()->secrets.end()) return QRY_NOT_FOUND;
    *length = found->second.size();
    if (capacity < found->second.size()) return QRY_RESOURCE_LIMIT;
    found->second.copy(buffer, found->second.size());
    return QRY_OK;
}

void on_notice(qry_call* call, const qry_notice* n) {
    tracked_call& c = tracked_call::of(call);
    c.must_be_in_flight("notice");
    c.book().add(notice{text(n->severity), text(n->sqlstate), text(n->message)});
}

void on_test_step(qry_call* call, const qry_test_step* s) {
    tracked_call& c = tracked_call::of(call);
    c.must_be_in_flight("test_step");
    c.book().add(test_step{
        text(s->name),
        s->ok != 0,
        std::chrono::nanoseconds(s->duration_ns),
        text(s->detail),
        text(s->hint)});
}

void on_progress(qry_call* call, const qry_progress*) {
    tracked_call::of(call).must_be_in_flight("progress");
}

void on_server_info(qry_call* call, const char* key, const char* value) {
    tracked_call& c = tracked_call::of(call);
    c.must_be_in_flight("server_info");
    c.book().add_fact(text(key), text(value));
}

// The servers of a test are where the tester put them.
int32_t everything_allowed(const sockaddr*, uint32_t) {
    return 1;
}

const void* extension(const char* id) {
    static const qry_ext_egress egress = {sizeof(qry_ext_egress), &everything_allowed};
    return id != nullptr && std::string_view(id) == QRY_EXT_EGRESS ? &egress : nullptr;
}

}  // namespace

const qry_host& host_table() noexcept {
    static const qry_host table = {
        sizeof(qry_host),
        QRY_ABI_MAJOR,
        QRY_ABI_MINOR,
        "1.0.0",
        &log,
        &log_level,
        &loop::services(),
        &secret,
        &on_notice,
        &on_test_step,
        &on_progress,
        &on_server_info,
        &arena::alloc,
        &arena::resize,
        &arena::free,
        &extension,
    };
    return table;
}

std::vector<log_line> take_log() {
    const std::lock_guard lock(logged().mutex);
    return std::exchange(logged().lines, {});
}

}  // namespace qry::conformance
