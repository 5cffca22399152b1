// Reading the catalog: the parts one after another on one session.
#pragma once

#include <cstdint>
#include <memory>

#include "session/runtime.hpp"
#include "session/work.hpp"

namespace qry::session {

class introspection final : public work {
public:
    introspection(
        std::shared_ptr<session_pool> pool,
        base::deadline limit,
        introspection_sink sink,
        completion<void> done
    );

private:
    void run_verb() override;
    void decided(const error* failure) override;
    void flush() override;
    const char* doing() const override { return "reading the schema"; }

    void on_head(result<backend::head> head);
    [[nodiscard]] bool is_first() const noexcept;
    void on_batch(result<backend::batch> batch);
    void end_part();
    void pump();

    // Not thread-safe: the session's loop, or the queue's keeper
    introspection_sink sink_;
    completion<void> done_;
    std::int32_t part_ = QRY_INTROSPECT_TABLES;
    bool in_part_ = false;
    // The driver holds a state for the parts to be read from.
    bool digested_ = false;
    bool known_ = false;
    bool pumping_ = false;
    base::loop_hold hold_;
    std::unique_ptr<error> failure_;
    bool ended_ = false;
};

}  // namespace qry::session
