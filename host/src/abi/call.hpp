// A qry_call from the host's side: ends exactly once, whatever the plugin does.
#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <qry/call.h>
#include <qry/error.hpp>
#include <qry/secret.hpp>

#include "backend/backend.hpp"

namespace qry::abi {

using secret_map = std::map<std::string, secret>;

// Copies a plugin's error: texts made valid UTF-8 and rid of the secrets, what is unset or unknown
// given its meaning.
[[nodiscard]] error copy_error(const qry_error& raw, const secret_map& secrets);
[[nodiscard]] std::string clean_text(const char* text, const secret_map& secrets);

// Who made a call, and hears of it; on the thread the plugin speaks on.
class call_owner {
public:
    virtual ~call_owner() = default;
    // failure: NULL for success; may be moved from.
    virtual void completed(error* failure) noexcept = 0;
    virtual void noticed(query_notice notice) = 0;
    virtual void stepped(test_step_report step) = 0;
    virtual void informed(std::string key, std::string value) = 0;
    // The datasource's, for scrubbing.
    [[nodiscard]] virtual const secret_map& secrets() const noexcept = 0;
    // Whether the plugin may read them now.
    [[nodiscard]] virtual bool secrets_readable() const noexcept = 0;
    [[nodiscard]] virtual const std::string& plugin() const noexcept = 0;
};

// Memory that a plugin may still point at after the call has ended; used again late.
class call_slot {
public:
    call_slot() noexcept;
    call_slot(const call_slot&) = delete;
    call_slot& operator=(const call_slot&) = delete;

    // Opens the call. The owner is kept alive until it completes.
    qry_call* open(const backend::verb_context& context, std::shared_ptr<call_owner> owner);
    // What the plugin knows the call by.
    [[nodiscard]] qry_call* raw() noexcept { return &raw_; }
    // Whether the plugin has it now.
    [[nodiscard]] bool open() const noexcept { return open_.load(std::memory_order_acquire); }
    // Ends it in the plugin's stead, unless it did so itself. False: it did.
    bool fail(error failure) noexcept;
    // The owner of an open call; NULL when the plugin speaks out of turn, which is logged.
    [[nodiscard]] static call_owner* owner_of(qry_call* raw, const char* what) noexcept;

private:
    static void complete(qry_call* raw, const qry_error* failure) noexcept;
    // True for the first one to end the call.
    [[nodiscard]] bool claim() noexcept { return open_.exchange(false, std::memory_order_acq_rel); }

    qry_call raw_{};
    std::string query_id_;
    std::shared_ptr<call_owner> owner_;
    // For the log, when the owner is gone.
    std::string plugin_;
    std::atomic<bool> open_{false};
};

// Slots of one driver, lent in the order they came back. Thread-safe.
class call_slots {
public:
    // The slot is the caller's until put(); it stays valid as long as this.
    [[nodiscard]] call_slot* take();
    void put(call_slot* slot) noexcept;

private:
    // So many rest before one is used again: a late second completion hits a closed call.
    static constexpr std::size_t resting = 16;

    std::mutex mutex_;
    // Guarded by mutex_
    std::vector<std::unique_ptr<call_slot>> all_;
    std::deque<call_slot*> free_;
};

}  // namespace qry::abi
