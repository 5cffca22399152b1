// The store on either backend: what a change means, in SQL that both understand.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connection.hpp"
#include "store.hpp"

namespace qry::store {

class sql_store final : public store {
public:
    sql_store(std::unique_ptr<connection> db, open_options options)
        : db_(std::move(db)), options_(std::move(options)) {}

    const std::string& location() const noexcept override { return db_->location(); }
    result<std::vector<std::string>> check() override;

    result<datasource_row> create(
        datasource_row row, const token_changes& tokens, std::string_view actor
    ) override;
    result<datasource_row> get(std::string_view name) override;
    result<datasource_row> get_by_id(std::string_view id) override;
    result<std::vector<datasource_row>> list(std::size_t offset, std::size_t limit) override;
    result<datasource_row> update(
        const datasource_row& row,
        std::int64_t expected_version,
        const token_changes& tokens,
        std::string_view actor
    ) override;
    result<datasource_row> rename(
        std::string_view name, std::string_view new_name, std::string_view actor
    ) override;
    result<void> remove(std::string_view name, std::string_view actor) override;
    result<bool> set_state(
        std::string_view id,
        std::int64_t version,
        connection_state state,
        std::string_view message,
        time_point at
    ) override;

    result<std::vector<secret_row>> tokens(std::string_view id) override;
    result<std::vector<secret_row>> all_tokens() override;
    result<bool> replace_token(
        std::string_view id,
        std::string_view name,
        std::string_view old_token,
        std::string_view new_token
    ) override;
    result<std::optional<std::string>> key_check() override;
    result<std::string> put_key_check(std::string_view token) override;
    result<bool> replace_key_check(std::string_view old_token, std::string_view new_token) override;

    result<bool> save_snapshot(const snapshot_row& snapshot) override;
    result<bool> renew_snapshot(const snapshot_head& head) override;
    result<std::optional<snapshot_row>> load_snapshot(std::string_view datasource_id) override;
    result<std::optional<snapshot_head>> head_of_snapshot(std::string_view datasource_id) override;
    result<std::vector<snapshot_head>> heads_of_snapshots() override;
    result<void> delete_snapshot(std::string_view datasource_id) override;
    result<bool> try_claim(
        std::string_view datasource_id,
        std::string_view what,
        std::string_view owner,
        std::chrono::milliseconds ttl
    ) override;
    result<void> release_claim(
        std::string_view datasource_id, std::string_view what, std::string_view owner
    ) override;

    result<std::vector<audit_row>> audit(std::size_t offset, std::size_t limit) override;

private:
    static constexpr int attempts = 3;

    // Runs `work` (a function that returns a result) in a transaction of its own and repeats it
    // where that cannot do anything twice: the connection was lost before the commit was sent, two
    // transactions were in each other's way, or `work` may be repeated anyhow. When the connection
    // is lost during the commit, the audit trail tells whether it took place.
    template <class Work>
    auto transact(access mode, Work&& work) -> decltype(work()) {
        operation_id_ = next_operation();
        recorded_ = false;
        for (int attempt = 1;; ++attempt) {
            auto done = attempt_once(mode, work);
            if (done || attempt == attempts || !may_repeat(done.error())) return done;
        }
    }
    template <class Work>
    auto attempt_once(access mode, Work& work) -> decltype(work()) {
        if (auto begun = db_->begin(mode); !begun) {
            db_->rollback();
            return std::move(begun).error();
        }
        auto done = work();
        if (!done) {
            db_->rollback();
            return done;
        }
        auto committed = db_->commit();
        if (committed) return done;
        db_->rollback();
        if (committed.error().sqlstate == state_lost && recorded_) {
            auto found = was_committed();
            if (!found) return std::move(found).error();
            if (*found) return done;
        }
        return std::move(committed).error();
    }
    static std::string next_operation();
    static bool may_repeat(const error& e) noexcept;
    result<bool> was_committed();

    result<outcome> run(std::string_view sql, std::vector<value> parameters);
    result<time_point> now();
    result<void> record(
        std::string_view actor,
        std::string_view action,
        const datasource_row& what,
        std::string before,
        std::string after
    );

    // Inside a transaction.
    enum class lock_rows { no, yes };
    result<std::vector<datasource_row>> select_rows(
        std::string_view condition, std::vector<value> parameters
    );
    result<datasource_row> find(
        std::string_view column, std::string_view what, lock_rows lock = lock_rows::no
    );
    result<std::vector<std::string>> secret_names(std::string_view id);
    result<std::vector<std::string>> apply_tokens(
        std::string_view id, const token_changes& tokens, time_point at
    );
    result<datasource_row> write_edit(
        const datasource_row& before,
        datasource_row wanted,
        const token_changes& tokens,
        std::string_view action,
        std::string_view actor
    );

    const std::unique_ptr<connection> db_;
    const open_options options_;
    // Of the transaction under way: its name in the audit trail, and whether it is written there.
    std::string operation_id_;
    bool recorded_ = false;
};

}  // namespace qry::store
