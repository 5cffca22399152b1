#include "connect.hpp"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <qry/kit/text/duration.hpp>

#include "database.hpp"
#include "error.hpp"
#include "session.hpp"

namespace qry::sqlite {

namespace {

// The connects under way, so that cancel_connect, which is given nothing but the call, finds the
// right one.
class pending_connects {
public:
    void add(qry_call* call, interrupter* stop) {
        const std::lock_guard lock(mutex_);
        pending_.emplace_back(call, stop);
    }
    void remove(qry_call* call) noexcept {
        const std::lock_guard lock(mutex_);
        std::erase_if(pending_, [call](const auto& p) { return p.first == call; });
    }
    void cancel(qry_call* call) noexcept {
        const std::lock_guard lock(mutex_);
        for (const auto& [pending, stop] : pending_) {
            if (pending == call) stop->request();
        }
    }

private:
    std::mutex mutex_;
    // Guarded by mutex_
    std::vector<std::pair<qry_call*, interrupter*>> pending_;
};

pending_connects& connects() noexcept {
    static pending_connects all;
    return all;
}

// A connect can be cancelled as long as this lives.
class cancellable {
public:
    cancellable(const call& call, interrupter& stop) : call_(call.raw()), stop_(stop) {
        stop_.begin(call.deadline_ns());
        connects().add(call_, &stop_);
    }
    cancellable(const cancellable&) = delete;
    cancellable& operator=(const cancellable&) = delete;
    ~cancellable() {
        connects().remove(call_);
        (void)stop_.end();
    }

private:
    qry_call* call_;
    interrupter& stop_;
};

error bad_parameter(const char* name, std::string_view value, const char* expected) {
    return invalid_parameter(
        name,
        "parameter '" + std::string(name) + "' is '" + std::string(value) + "'; expected " +
            expected,
        ""
    );
}

result<open_options> read_options(const parameters& params) {
    open_options out;
    out.path = std::string(params.get("path", ""));
    if (out.path.empty()) return bad_parameter("path", "", "a file or :memory:");
    const std::string_view mode = params.get("mode", "ro");
    if (mode == "rw") {
        out.mode = access::read_write;
    } else if (mode == "rwc") {
        out.mode = access::create;
    } else if (mode != "ro") {
        return bad_parameter("mode", mode, "'ro', 'rw' or 'rwc'");
    }
    // There is nothing in memory to read that was not written there.
    if (out.in_memory()) out.mode = access::read_write;
    if (const char* given = params.find("busy_timeout")) {
        auto parsed = text::parse_duration(given, "busy_timeout");
        if (!parsed) return std::move(parsed).error();
        out.busy_timeout = *parsed;
    }
    return out;
}

result<std::unique_ptr<database>> open_database(const parameters& params, const call& call) {
    auto options = read_options(params);
    if (!options) return std::move(options).error();
    auto db = std::make_unique<database>(*options);
    const cancellable guard(call, db->stop());
    if (auto ok = db->open(); !ok) {
        if (db->stop().requested() && gave_up_waiting(ok.error())) return cancelled();
        return std::move(ok).error();
    }
    call.server_info("server_version", sqlite3_libversion());
    return db;
}

class stopwatch {
public:
    [[nodiscard]] std::chrono::nanoseconds elapsed() const noexcept {
        return std::chrono::steady_clock::now() - start_;
    }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

void report_failure(const call& call, const char* step, const stopwatch& time, const error& why) {
    call.report(test_step{step, false, time.elapsed(), why.message, why.hint});
}

// What the file holds, read for real: permissions and locks show only then.
result<std::int64_t> count_tables(database& db) {
    auto query = db.prepare(
        "SELECT count(*) FROM sqlite_schema WHERE type IN ('table', 'view') "
        "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
    );
    if (!query) return std::move(query).error();
    const int code = sqlite3_step(query->get());
    if (code != SQLITE_ROW) return database_error(db.raw(), code);
    return sqlite3_column_int64(query->get(), 0);
}

std::string describe(const database& db) {
    const std::string mode =
        sqlite3_db_readonly(db.raw(), "main") == 1 ? "read-only" : "read-write";
    return db.options().path + ", " + mode;
}

}  // namespace

result<std::unique_ptr<blocking_session>> driver::connect(
    const connect_request& request, const call& call
) {
    auto db = open_database(request.params, call);
    if (!db) return std::move(db).error();
    return std::unique_ptr<blocking_session>(
        std::make_unique<session>(std::move(*db), request.arena)
    );
}

result<void> driver::test(const connect_request& request, const call& call) {
    const stopwatch opening;
    auto db = open_database(request.params, call);
    if (!db) {
        report_failure(call, "open", opening, db.error());
        return std::move(db).error();
    }
    call.report(test_step{"open", true, opening.elapsed(), describe(**db), {}});

    const stopwatch reading;
    const cancellable guard(call, (*db)->stop());
    auto tables = count_tables(**db);
    if (!tables) {
        const bool asked = (*db)->stop().requested() && gave_up_waiting(tables.error());
        if (asked) tables = cancelled();
        report_failure(call, "read", reading, tables.error());
        return std::move(tables).error();
    }
    call.report(test_step{
        "read", true, reading.elapsed(), std::to_string(*tables) + " tables and views", {}});
    return {};
}

void driver::cancel_connect(qry_call* call) noexcept {
    connects().cancel(call);
}

}  // namespace qry::sqlite
