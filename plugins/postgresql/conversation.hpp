// What has been asked of the server and not been answered yet, and what its messages mean in that
// place. No I/O; the caller brings the frames.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "messages.hpp"
#include "protocol.hpp"

namespace qry::postgresql {

// Each asked-for part ends with its own ReadyForQuery.
enum class segment : std::uint8_t {
    // Housekeeping (reset, BEGIN, COMMIT): rows and notices are dropped, an error makes the session
    // unfit.
    quiet,
    // Housekeeping that an old server may refuse.
    optional,
    // Parse, Describe.
    prepare,
    // Bind, Execute.
    run,
};

class conversation {
public:
    enum class event : std::uint8_t {
        // Nothing that the caller must act on.
        nothing,
        // notice() is new, and belongs to a statement of the user.
        notice,
        // The server waits for COPY data: CopyFail and Sync must be sent.
        copy_in,
        // The server sends COPY data, which nobody wants: cancel it.
        copy_out,
        // A segment has ended. idle() tells whether it was the last.
        ready,
        // The message is not allowed here, or malformed: breach() says which.
        broken,
    };

    void expect(segment kind) { expected_.push_back({kind}); }
    [[nodiscard]] event take(const frame& f);
    // Data rows may come, and are the caller's: they do not go through take().
    [[nodiscard]] bool in_rows() const noexcept {
        return !expected_.empty() && expected_.front().stage == stage::rows;
    }
    [[nodiscard]] bool idle() const noexcept { return expected_.empty(); }

    // 'I' idle, 'T' in a transaction, 'E' in a failed one; as of the last ReadyForQuery.
    [[nodiscard]] char transaction() const noexcept { return transaction_; }
    // The error of the last prepare or run segment; forget() before the next.
    [[nodiscard]] const std::optional<server_message>& failure() const noexcept { return failure_; }
    // A quiet segment failed: the session is not what it should be.
    [[nodiscard]] const std::optional<server_message>& quiet_failure() const noexcept {
        return quiet_failure_;
    }
    // The failure above was our own doing and will be made up for.
    void forgive() noexcept { quiet_failure_.reset(); }
    // The last words of a server that ends the connection.
    [[nodiscard]] const std::optional<server_message>& fatal() const noexcept { return fatal_; }
    [[nodiscard]] const std::string& breach() const noexcept { return breach_; }
    [[nodiscard]] const server_message& notice() const noexcept { return notice_; }

    // Of the last prepare segment; columns are absent for a statement without a result set.
    std::vector<oid> parameters;
    std::optional<std::vector<column_description>> columns;
    // Of the last run segment; nothing for an empty statement.
    std::optional<command_tag> tag;

    // Before a statement: what the last one left behind does not count any more.
    void forget() noexcept;
    // Whether any segment that is under way runs user SQL: only then is a cancel wanted.
    [[nodiscard]] bool running() const noexcept;

private:
    enum class stage : std::uint8_t { start, rows, copying, done, failed };
    struct part {
        segment kind;
        postgresql::conversation::stage stage = stage::start;
    };

    event broken(const frame& f);
    event take_error(const frame& f);
    event take_ready(const frame& f);
    event take_housekeeping(const frame& f);
    event take_prepare(const frame& f);
    event take_run(const frame& f);

    std::deque<part> expected_;
    char transaction_ = 'I';
    std::optional<server_message> failure_;
    std::optional<server_message> quiet_failure_;
    std::optional<server_message> fatal_;
    server_message notice_;
    std::string breach_;
};

}  // namespace qry::postgresql
