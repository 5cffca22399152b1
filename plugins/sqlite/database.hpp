// One open database: the connection, its guards, and statements made on it.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include <qry/result.hpp>

#include "handles.hpp"
#include "interrupter.hpp"
#include "policy.hpp"

namespace qry::sqlite {

struct open_options {
    // A file, or ":memory:".
    std::string path;
    access mode = access::read_only;
    std::chrono::nanoseconds busy_timeout = std::chrono::seconds(5);

    [[nodiscard]] bool in_memory() const noexcept { return path == ":memory:"; }
};

class database {
public:
    // Does not touch the file yet.
    explicit database(const open_options& options)
        : options_(options), stop_(options.busy_timeout), rules_(options.mode) {}
    database(const database&) = delete;
    database& operator=(const database&) = delete;

    // Opens the file, sets the guards, and reads the file's header; between stop().begin() and
    // end(). After a failure the object is to be dropped.
    [[nodiscard]] result<void> open();

    // Exactly one statement, or an error: empty text and a second statement are refused.
    [[nodiscard]] result<unique_statement> prepare(std::string_view sql);
    // Runs a statement of our own to its end, dropping its rows.
    [[nodiscard]] result<void> run(std::string_view sql);

    // Undoes what statements left behind: an open transaction, temporary objects, settings.
    [[nodiscard]] result<void> restore();

    [[nodiscard]] sqlite3* raw() const noexcept { return db_.get(); }
    [[nodiscard]] interrupter& stop() noexcept { return stop_; }
    [[nodiscard]] const open_options& options() const noexcept { return options_; }

private:
    [[nodiscard]] result<void> guard();
    [[nodiscard]] result<void> drop_temporary_objects();

    const open_options options_;
    interrupter stop_;
    policy rules_;
    // Last, so that it goes first: its handlers point to the others.
    unique_database db_;
};

}  // namespace qry::sqlite
