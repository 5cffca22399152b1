// One connection at work. What it has asked for is in conversation, what it makes of the rows in
// row_reader; here the bytes move and the verbs wait.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <qry/async.hpp>

#include "catalog_queries.hpp"
#include "conversation.hpp"
#include "link.hpp"
#include "protocol.hpp"
#include "row_reader.hpp"
#include "statements.hpp"
#include "transport.hpp"
#include "types.hpp"

namespace qry::postgresql {

class dialect;

// What a session needs to know of its datasource.
struct session_options {
    std::shared_ptr<const dialect> speaks;
    decode_options decode;
    std::size_t statement_cache = 100;
    arrow::memory memory;
};

class session final : public async_session {
public:
    session(loop_ref loop, link made, session_options options);
    ~session() override;

    task<result<result_head>> execute(execute_request request, call call) override;
    task<result<unique_schema>> introspect(qry_introspect_request request, call call) override;
    task<result<std::string>> schema_digest(call call) override;
    task<result<unique_array>> next(call call) override;
    std::optional<result<unique_array>> next_now(call call) override;
    void cancel() noexcept override;
    task<result<void>> reset(call call) override;
    bool alive() noexcept override;
    task<void> close(call call) override;
    std::int64_t rows_affected() noexcept override { return rows_affected_; }

    // False when the loop cannot watch the socket.
    [[nodiscard]] bool start_watching() noexcept { return place_.watch(transport_.socket()); }
    // For cancel_connect, while a test looks around.
    [[nodiscard]] waiter& place() noexcept { return place_; }
    [[nodiscard]] const link& connection() const noexcept { return link_; }
    // One of the driver's own queries: `parameter` is its only argument, as text.
    [[nodiscard]] task<result<void>> run_internal(
        std::string_view sql, std::string parameter, row_sink& rows
    );

private:
    // How far to read.
    enum class until {
        // The first row, or the end.
        first_row,
        // A batch is full, or the end.
        batch,
        // Nothing is outstanding.
        idle,
    };
    enum class reached { yes, must_wait, lost };

    // Reads what is there. Not a coroutine: the hot path.
    [[nodiscard]] reached pump(until goal);
    [[nodiscard]] bool pump_row(const frame& f);
    void pump_rows();
    void give_up_rows();
    [[nodiscard]] bool pump_event(const frame& f);
    [[nodiscard]] bool receive();
    void hear_last_words();
    // pump, waiting in between; a partial batch is good enough at `patience`.
    [[nodiscard]] task<result<void>> drive(until goal, std::int64_t patience = no_deadline);
    [[nodiscard]] task<result<void>> flush();
    // Once idle: until nothing of the cancelling is under way any more.
    [[nodiscard]] task<result<void>> settle();
    // Ends whatever is running at the server and reads the rest of it.
    [[nodiscard]] task<result<void>> drain();

    [[nodiscard]] task<result<result_head>> run_statement(const execute_request& request);
    [[nodiscard]] task<result<statement*>> prepare(std::string_view sql);
    [[nodiscard]] task<result<void>> learn_types(std::span<const column_description> columns);
    [[nodiscard]] task<result<void>> learn_all_types();
    // The snapshot that the digest and all parts are read from.
    void begin_catalog();
    void write_catalog_flight(
        const qry_introspect_request& request, const std::string& sql, const catalog_columns& plan
    );
    [[nodiscard]] task<result<result_head>> finish_start(const statement& s);
    [[nodiscard]] result<void> write_bind(statement& s, const execute_request& request);
    [[nodiscard]] bool stale(const statement& s) const noexcept;
    void after_run() noexcept;
    [[nodiscard]] result<unique_array> take_batch();

    // What the statement that has ended says; nothing = it succeeded.
    [[nodiscard]] std::optional<error> outcome() const;
    [[nodiscard]] error lost_error() const;
    [[nodiscard]] std::optional<error> unusable() const;
    void lose(std::string why);
    void begin_verb(const call& c) noexcept;
    void end_verb() noexcept;
    void queue_reset();

    class verb_scope;

    // Not thread-safe
    link link_;
    const session_options options_;
    transport transport_;
    waiter place_;
    input_buffer in_;
    output_buffer out_;
    conversation conversation_;
    std::optional<canceller> canceller_;
    type_catalog types_;
    statement_cache statements_;

    // The verb in flight, for reports.
    std::optional<call> call_;
    bool cancel_requested_ = false;
    bool closing_ = false;
    // Rows that come now are nobody's.
    bool discarding_ = false;
    bool rows_discarded_ = false;
    // Bytes could not be read or written, or made no sense: the connection is of no use.
    bool lost_ = false;
    std::string lost_why_;
    // The state of the session at the server is not known any more.
    bool unfit_ = false;
    bool dirty_ = false;
    // Something was left behind that no reset takes away.
    bool stained_ = false;
    // The user prepared statements, or removed ours.
    bool user_prepared_ = false;
    // CopyFail is on its way.
    bool copying_in_ = false;
    std::uint32_t wait_events_ = 0;
    // Something went out, and its answer was not looked for yet.
    bool just_sent_ = false;
    // When bytes came last.
    std::int64_t heard_ns_ = 0;
    // From the server, of all.
    std::uint64_t received_ = 0;

    // The open result.
    bool result_open_ = false;
    bool first_batch_ = false;
    row_sink* sink_ = nullptr;
    std::unique_ptr<row_reader> reader_;
    // Why this driver, not the server, ended the statement.
    std::optional<error> own_failure_;
    std::int64_t rows_affected_ = -1;
    // Of the statement under way; see statement::harmless.
    bool harmless_ = false;
};

// Ends the bookkeeping of a verb however it is left.
class session::verb_scope {
public:
    verb_scope(session& s, const call& c) noexcept : session_(s) { session_.begin_verb(c); }
    verb_scope(const verb_scope&) = delete;
    verb_scope& operator=(const verb_scope&) = delete;
    ~verb_scope() { session_.end_verb(); }

private:
    session& session_;
};

}  // namespace qry::postgresql
