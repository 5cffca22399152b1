// Queries of one client: executed, read as far as its credit goes, handed over batch by batch.
#include <fcntl.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "daemon/connection.hpp"
#include "wire/batch.hpp"

namespace qry::daemon {

namespace {

// Between two looks at a client that reads slower than its batches come.
constexpr auto pump_pause = std::chrono::milliseconds(2);

result<query> to_query(daemon::execute& what) {
    query out;
    out.sql = std::move(what.sql);
    out.limit = what.limit;
    out.options = std::move(what.options);
    if (what.timeout) {
        // A passed limit is for the host to answer, which wants a positive one.
        const duration left = *what.timeout - what.spent;
        out.timeout = *what.timeout > duration(0) ? std::max(left, duration(1)) : *what.timeout;
    }
    if (what.args.empty()) return out;
    auto schema = wire::get_schema(what.args_schema);
    if (!schema) return std::move(schema).error();
    auto type = arrow::import_field(**schema);
    if (!type) return std::move(type).error();
    const wire::landing memory{
        .alloc = [](std::size_t size) { return std::aligned_alloc(64, (size + 63) / 64 * 64); },
        .free = [](void* block, std::size_t) { std::free(block); },
        .on_release = {}};
    const wire::segment_map nowhere;
    auto args = wire::get_batch(what.args, *type, nowhere, wire::trust::checked, memory);
    if (!args) return std::move(args).error();
    if (!args->rows) {
        return error{
            .kind = status::resource_limit,
            .message = "no memory for the arguments of the query",
            .from = origin::host};
    }
    out.args_schema = std::move(*schema);
    out.args = std::move(args->rows);
    return out;
}

// The client reads and nothing else: a descriptor that cannot write.
int reopened(int fd) {
    std::array<char, 32> path{};
    std::snprintf(path.data(), path.size(), "/proc/self/fd/%d", fd);
    return ::open(path.data(), O_RDONLY | O_CLOEXEC);
}

}  // namespace

void connection::execute(const call_ptr& c, daemon::execute what) {
    c->credit = what.credit;
    std::string id = what.id;
    auto held = std::make_shared<daemon::execute>(std::move(what));
    with_datasource(c, std::move(id), [this, c, held](const datasource_ptr& which) {
        auto ready = to_query(*held);
        if (!ready) return fail(c, std::move(ready).error());
        auto done = [weak = weak_from_this(), hub = hub_, c](result<result_ptr> opened) {
            hub->on_loop([weak, c, opened = std::move(opened)]() mutable {
                const auto self = weak.lock();
                // Else the result goes here, and its query with it.
                if (!self || c->over) return;
                if (!opened) return self->fail(c, std::move(opened).error());
                self->opened(c, std::move(*opened));
            });
        };
        under_way(c, which->execute(std::move(*ready), std::move(done)));
    });
}

void connection::opened(const call_ptr& c, result_ptr rows) {
    c->rows = std::move(rows);
    c->work.reset();
    if (c->cancelled) c->rows->cancel();
    daemon::opened answer{
        .rows_affected = c->rows->rows_affected(), .query_id = c->rows->query_id()};
    if (const ArrowSchema* schema = c->rows->schema()) {
        auto type = arrow::import_field(*schema);
        if (!type) return fail(c, std::move(type).error());
        c->type = std::move(*type);
        wire::writer to(answer.schema);
        wire::put_schema(to, *schema);
    }
    answer.notices = new_notices(*c);
    send(call_type::opened, c->number, answer);
    pump(c);
}

std::vector<query_notice> connection::new_notices(call& c) const {
    auto all = c.rows->notices();
    all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(c.notices_sent));
    c.notices_sent += all.size();
    return all;
}

// A result that has its batches at hand answers within the call: a loop, not a recursion.
void connection::pump(const call_ptr& c) {
    if (c->pumping) return;
    c->pumping = true;
    while (!c->over && c->rows && c->credit > 0 && !c->reading) {
        if (lane_->queued() > enough_queued) {
            wait_to_pump();
            break;
        }
        c->reading = true;
        const result_ptr rows = c->rows;
        rows->next([weak = weak_from_this(), hub = hub_, c](result<unique_array> batch) {
            hub->on_loop([weak, c, batch = std::move(batch)]() mutable {
                const auto self = weak.lock();
                if (!self || c->over) return;
                c->reading = false;
                self->on_batch(c, std::move(batch));
            });
        });
    }
    c->pumping = false;
}

void connection::wait_to_pump() {
    if (pump_waits_) return;
    pump_waits_ = true;
    pump_again_.expires_after(pump_pause);
    pump_again_.async_wait([weak = weak_from_this()](boost::system::error_code failed) {
        const auto self = weak.lock();
        if (!self || failed) return;
        self->pump_waits_ = false;
        self->pump_all();
    });
}

void connection::pump_all() {
    const auto calls = calls_;
    for (const auto& [number, c] : calls)
        pump(c);
}

void connection::on_batch(const call_ptr& c, result<unique_array> rows) {
    if (!rows) return fail(c, std::move(rows).error());
    if (!*rows) return end_result(c);
    --c->credit;
    if (auto sent = send_batch(c, std::move(*rows)); !sent) {
        return fail(c, std::move(sent).error());
    }
    pump(c);
}

void connection::end_result(const call_ptr& c) {
    const ended last{.rows_affected = c->rows->rows_affected(), .notices = new_notices(*c)};
    send(call_type::ended, c->number, last);
    over(c);
}

result<void> connection::send_batch(const call_ptr& c, unique_array rows) {
    loan lent;
    const auto find = [this, &lent](const void* address, std::size_t size) {
        const wire::place found = hub_->memory->find(address, size);
        if (found.number != 0) lent.bytes += size;
        return found;
    };
    const auto copy = [this, &lent](std::size_t size) -> void* {
        void* block = hub_->memory->alloc(size);
        if (block == nullptr) return nullptr;
        lent.copies.emplace_back(block, size);
        lent.bytes += size;
        return block;
    };
    scratch_.clear();
    wire::writer to(scratch_);
    wire::sharing memory;
    if (lent_bytes_ < most_lent) memory = {.where = find, .copy = copy};
    auto shared = wire::put_batch(to, next_batch_, c->type, *rows, memory);
    if (!shared && shared.error().kind == status::resource_limit && memory.where) {
        // Clients hold all there is: this batch goes as a copy.
        free_loan(lent);
        scratch_.clear();
        memory = {};
        shared = wire::put_batch(to, next_batch_, c->type, *rows, memory);
    }
    if (!shared) {
        free_loan(lent);
        return std::move(shared).error();
    }
    if (*shared) {
        send_new_segments();
        lent.rows = std::move(rows);
        lent_bytes_ += lent.bytes;
        lent_.emplace(next_batch_++, std::move(lent));
    }
    const std::size_t mark = lane_->begin();
    wire::writer(lane_->buffer()).raw(scratch_);
    lane_->end(mark, {.type = static_cast<std::uint16_t>(call_type::batch), .channel = c->number});
    return {};
}

void connection::send_new_segments() {
    for (const auto& made : hub_->memory->after(segments_told_)) {
        registry::unique_fd fd(reopened(made.fd));
        if (fd.get() < 0) fd = registry::unique_fd(::fcntl(made.fd, F_DUPFD_CLOEXEC, 0));
        send(call_type::segment, 0, segment{made.number, made.bytes}, std::move(fd));
        segments_told_ = made.number;
    }
}

void connection::give_back(std::uint64_t batch) {
    const auto found = lent_.find(batch);
    if (found == lent_.end()) return;
    lent_bytes_ -= found->second.bytes;
    free_loan(found->second);
    lent_.erase(found);
}

void connection::free_loan(loan& what) noexcept {
    what.rows.reset();
    for (auto& [block, size] : what.copies)
        hub_->memory->free(block, size);
    what.copies.clear();
}

}  // namespace qry::daemon
