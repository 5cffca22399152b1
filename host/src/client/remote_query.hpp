// A query at the daemon: its call, and the result that its caller reads.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include <qry/host.hpp>
#include <qry/kit/arrow/type.hpp>

#include "client/link.hpp"

namespace qry::client {

class remote_query final : public pending {
public:
    // Encodes the arguments; an error names what is wrong with them.
    [[nodiscard]] static result<std::shared_ptr<remote_query>> make(
        link_ptr over, std::string id, query what, completion<result_ptr> done
    );

    [[nodiscard]] daemon::call_type type() const noexcept override {
        return daemon::call_type::execute;
    }
    [[nodiscard]] std::string_view write(wire::writer& to) override;
    [[nodiscard]] result<bool> answer(wire::incoming& in, link& from) override;
    void fail(error why) override;

    // For the open result, on any thread.
    void next(completion<unique_array> done);
    void cancel() noexcept;
    void let_go() noexcept;
    [[nodiscard]] const ArrowSchema* schema() const noexcept;
    [[nodiscard]] std::int64_t rows_affected() const noexcept;
    [[nodiscard]] std::vector<query_notice> notices() const;
    [[nodiscard]] duration elapsed() const noexcept;
    [[nodiscard]] const std::string& id() const noexcept { return query_id_; }

    remote_query(link_ptr over, daemon::execute what, completion<result_ptr> done);

private:
    [[nodiscard]] result<void> take_head(wire::incoming& in);
    [[nodiscard]] result<void> take_batch(wire::incoming& in, link& from);
    [[nodiscard]] result<void> take_end(wire::incoming& in);
    // Hands out the result, or what the reader waits for.
    void deliver();

    const link_ptr link_;
    daemon::execute what_;
    const std::int64_t started_ns_;

    // Written before the result is handed over, constant afterwards
    bool opened_ = false;
    unique_schema schema_;
    arrow::field type_;
    std::string query_id_;

    mutable std::mutex mutex_;
    // Guarded by mutex_
    completion<result_ptr> done_;
    completion<unique_array> waiting_;
    std::deque<unique_array> ready_;
    bool ended_ = false;
    std::optional<error> failure_;
    std::int64_t rows_affected_ = -1;
    std::int64_t ended_ns_ = 0;
    std::vector<query_notice> notices_;
};

}  // namespace qry::client
