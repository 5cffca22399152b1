#include "abi/plugin_tables.hpp"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace qry::abi {

namespace {

// What 1.0 ended with; a shorter table was never built by anybody.
constexpr std::size_t driver_size_1_0 = offsetof(qry_driver, session) + sizeof(void*);
constexpr std::size_t verbs_size_1_0 = offsetof(qry_session_verbs, close) + sizeof(void*);
// A size beyond this is not a later minor but garbage.
constexpr std::size_t sane_size = 4096;

void unsupported(qry_call* call, const char* message) noexcept {
    qry_error e{};
    e.struct_size = sizeof(e);
    e.status = QRY_UNSUPPORTED;
    e.origin = QRY_ORIGIN_HOST;
    e.message = message;
    e.hint = "use a newer version of the plugin, if there is one";
    call->complete(call, &e);
}

void no_connect(const qry_connect_request*, qry_session**, qry_call* call) noexcept {
    unsupported(call, "the plugin has no connect");
}
void no_test(const qry_connect_request*, qry_call* call) noexcept {
    unsupported(call, "the plugin cannot test a datasource");
}
void no_cancel_call(qry_call*) noexcept {}
void no_execute(qry_session*, const qry_execute_request*, qry_result_head*, qry_call* c) noexcept {
    unsupported(c, "the plugin cannot execute statements");
}
void no_introspect(
    qry_session*, const qry_introspect_request*, ArrowSchema*, qry_call* call
) noexcept {
    unsupported(call, "the plugin cannot read the schema of a database");
}
void no_next(qry_session*, ArrowArray*, qry_call* call) noexcept {
    unsupported(call, "the plugin cannot read results");
}
void no_cancel(qry_session*) noexcept {}
void no_reset(qry_session*, qry_call* call) noexcept {
    unsupported(call, "the plugin cannot reset a session");
}
std::int32_t no_alive(qry_session*) noexcept {
    return 1;
}
// There is no way to free the session, and nobody to complain to.
void no_close(qry_session*, qry_call* call) noexcept {
    call->complete(call, nullptr);
}

template <class Table>
Table clipped(const Table& theirs) noexcept {
    Table ours{};
    std::memcpy(&ours, &theirs, std::min<std::size_t>(theirs.struct_size, sizeof(Table)));
    ours.struct_size = sizeof(Table);
    return ours;
}

template <class Slot, class Stub>
void plug(Slot& slot, Stub stub) noexcept {
    if (slot == nullptr) slot = stub;
}

error bad_table(const std::string& plugin, const char* table, std::size_t size, std::size_t least) {
    return {
        .kind = status::plugin_error,
        .message = "plugin '" + plugin + "': its " + table + " table says it has " +
                   std::to_string(size) + " bytes; ABI 1.0 has " + std::to_string(least),
        .hint = "rebuild the plugin with the SDK's headers and set struct_size = sizeof(table)",
        .from = origin::host};
}

}  // namespace

result<plugin_tables> complete_tables(const qry_descriptor& about, const qry_driver* driver) {
    plugin_tables made;
    made.name = about.name;
    made.version = about.version;
    made.model = about.model;
    made.capabilities = about.capabilities;
    const auto fits = [](std::size_t size, std::size_t least) {
        return size >= least && size <= sane_size;
    };
    if (!fits(driver->struct_size, driver_size_1_0)) {
        return bad_table(made.name, "driver", driver->struct_size, driver_size_1_0);
    }
    made.driver = clipped(*driver);
    if (made.driver.session == nullptr) {
        return bad_table(made.name, "session", 0, verbs_size_1_0);
    }
    if (!fits(made.driver.session->struct_size, verbs_size_1_0)) {
        return bad_table(made.name, "session", made.driver.session->struct_size, verbs_size_1_0);
    }
    made.verbs = clipped(*made.driver.session);
    plug(made.driver.connect, &no_connect);
    plug(made.driver.test, &no_test);
    plug(made.driver.cancel, &no_cancel_call);
    plug(made.verbs.execute, &no_execute);
    plug(made.verbs.introspect, &no_introspect);
    plug(made.verbs.next, &no_next);
    plug(made.verbs.cancel, &no_cancel);
    plug(made.verbs.reset, &no_reset);
    plug(made.verbs.alive, &no_alive);
    plug(made.verbs.close, &no_close);
    return made;
}

result<qry_ext_schema_digest> complete_digest(const std::string& plugin, const void* extension) {
    if (extension == nullptr) return qry_ext_schema_digest{};
    constexpr std::size_t least = offsetof(qry_ext_schema_digest, digest) + sizeof(void*);
    const auto& theirs = *static_cast<const qry_ext_schema_digest*>(extension);
    if (theirs.struct_size < least || theirs.struct_size > sane_size) {
        return bad_table(plugin, QRY_EXT_SCHEMA_DIGEST, theirs.struct_size, least);
    }
    return clipped(theirs);
}

}  // namespace qry::abi
