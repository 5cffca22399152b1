// One session of a plugin that runs in this process: its verbs, and the guard around them.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>

#include <qry/session.h>

#include "abi/driver_state.hpp"
#include "abi/session_thread.hpp"
#include "backend/backend.hpp"
#include "base/timers.hpp"

namespace qry::abi {

// What a session is born with.
struct session_parts {
    std::shared_ptr<driver_state> driver;
    // The loop it lives on.
    boost::asio::io_context* context;
    qry_session* handle;
    std::shared_ptr<const secret_map> secrets;
    // NULL for an async plugin.
    std::shared_ptr<session_thread> thread;
};

// Kept alive by the plugin's open call too, so that a verb that never ends has its out pointers.
// Methods: on the loop's thread only, as backend::session says.
class session_core : public call_owner,
                     public base::timer_entry,
                     public std::enable_shared_from_this<session_core> {
public:
    explicit session_core(session_parts parts);
    ~session_core() override;

    [[nodiscard]] boost::asio::any_io_executor executor() const;
    void execute(
        const backend::verb_context& context,
        backend::execute_arguments what,
        completion<backend::head> done
    );
    void introspect(
        const backend::verb_context& context,
        std::int32_t part,
        bool first,
        bool last,
        completion<backend::head> done
    );
    void digest(const backend::verb_context& context, completion<backend::head> done);
    void next(const backend::verb_context& context, completion<backend::batch> done);
    void cancel() noexcept;
    void reset(const backend::verb_context& context, completion<void> done);
    [[nodiscard]] bool alive() noexcept;
    void close(const backend::verb_context& context, completion<void> done);
    void set_reports(backend::reports sink) { reports_ = std::move(sink); }
    [[nodiscard]] bool closed() const noexcept { return closed_; }

private:
    enum class verb { none, execute, introspect, next, reset, close };

    // call_owner: on the plugin's thread.
    void completed(error* failure) noexcept override;
    void noticed(query_notice notice) override;
    void stepped(test_step_report) override {}
    void informed(std::string, std::string) override {}
    const secret_map& secrets() const noexcept override { return *secrets_; }
    bool secrets_readable() const noexcept override { return false; }
    const std::string& plugin() const noexcept override { return driver_->tables.name; }
    // timer_entry: the plugin's close takes too long.
    void expired() noexcept override;

    // An error that says why when the session cannot take a verb now.
    [[nodiscard]] std::optional<error> refuse(const char* what) const;
    template <class Invoke>
    void launch(verb which, const backend::verb_context& context, Invoke invoke);
    template <class Invoke>
    void call_verb(call_slot& slot, Invoke&& invoke) noexcept;
    void trace(verb which, std::string_view what) const noexcept;
    [[nodiscard]] call_slot& next_slot() noexcept { return *slots_[turn_++ % slots_.size()]; }
    void read_ahead() noexcept;
    void call_next_ahead() noexcept;
    [[nodiscard]] bool given_up() noexcept;
    void end_on_thread() noexcept;
    void settle() noexcept;
    void answer(verb which, std::optional<error> failure);
    [[nodiscard]] result<backend::head> take_head();
    [[nodiscard]] result<backend::batch> take_batch();
    void abandon(const char* why);
    // The verb that was given up has ended after all.
    void end_late() noexcept;
    void drop_outputs() noexcept;

    // Thread-safe
    const std::shared_ptr<driver_state> driver_;
    boost::asio::io_context& context_;
    const std::shared_ptr<const secret_map> secrets_;
    const std::shared_ptr<session_thread> thread_;
    std::array<call_slot*, 4> slots_{};
    std::mutex gate_;
    // Guarded by gate_: nobody on the loop waits for the plugin any more
    bool abandoned_ = false;

    // Not thread-safe: the loop's thread, or the session's while it runs a verb
    qry_session* handle_;
    std::optional<error> failure_;
    // The plugin's close has been called.
    bool leaving_ = false;
    backend::execute_arguments what_;
    std::vector<qry_param> options_;
    qry_execute_request execute_request_{};
    qry_introspect_request introspect_request_{};
    qry_result_head head_{};
    ArrowArray batch_{};
    std::array<char, QRY_SCHEMA_DIGEST_SIZE> digest_{};
    // The result that is open is that of the digest, which has no rows.
    bool digesting_ = false;
    std::int64_t columns_ = 0;
    std::size_t turn_ = 0;
    // Of the verb that was called last; started_ns_: 0 = it is not traced.
    std::uint64_t tag_ = 0;
    std::string query_id_;
    std::int64_t started_ns_ = 0;
    verb verb_on_thread_ = verb::none;
    // Of a blocking session: what was done right after execute, before it was asked for.
    backend::verb_context context_of_result_;
    std::vector<result<backend::batch>> ahead_;
    std::optional<result<void>> reset_ahead_;

    // Not thread-safe: the loop's thread only
    verb verb_ = verb::none;
    bool inside_ = false;
    bool ended_inside_ = false;
    bool closed_ = false;
    backend::reports reports_;
    completion<backend::head> on_head_;
    completion<backend::batch> on_batch_;
    completion<void> on_done_;
};

// The handle that the runtime holds.
[[nodiscard]] std::unique_ptr<backend::session> make_session(session_parts parts);

}  // namespace qry::abi
