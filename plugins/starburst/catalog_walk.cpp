#include "catalog_walk.hpp"

#include <algorithm>

#include <qry/clock.hpp>
#include <qry/kit/arrow/binary_builder.hpp>
#include <qry/kit/arrow/introspection.hpp>

#include "catalog_queries.hpp"
#include "error.hpp"

namespace qry::starburst {

namespace {

// Asked at once: a cluster runs each as a query of its own.
constexpr std::size_t lanes_at_once = 4;

// The rest would fail as well, or nobody waits for it.
bool ends_all(const error& e) noexcept {
    return e.from != origin::server || e.kind == status::query_cancelled ||
           e.kind == status::authentication_failed || e.kind == status::connection_failed;
}

}  // namespace

struct catalog_walk::lane {
    lane(server_link& link, std::string which, bool with_comments, const call& c)
        : catalog(std::move(which)),
          comments(with_comments),
          query(link, c.query_id()),
          pieces(link, query),
          begun(link.loop) {}

    const std::string catalog;
    // And materialised views: not every catalog can tell.
    const bool comments;
    statement query;
    row_pieces pieces;
    // Its start; taken once.
    background<void> begun;
    std::int64_t rows = 0;
};

catalog_walk::catalog_walk(server_link& link, plan what, arrow::memory memory)
    : link_(link),
      plan_(std::move(what)),
      reader_(catalog_cells(plan_.part, names_), json::row_shape::array, json::row_shape::array),
      batch_(arrow::introspection_fields(plan_.part), memory, plan_.limit) {}

catalog_walk::~catalog_walk() = default;

std::unique_ptr<catalog_walk::lane> catalog_walk::open_lane(
    const std::string& catalog, bool comments, const call& c
) {
    auto fresh = std::make_unique<lane>(link_, catalog, comments, c);
    const std::string sql = catalog_query(
        plan_.part, catalog, plan_.schema ? plan_.schema->c_str() : nullptr, comments
    );
    fresh->begun.run(fresh->query.begin(sql, c.deadline_ns()));
    return fresh;
}

void catalog_walk::open_lanes(const call& c) {
    while (lanes_.size() < lanes_at_once && opened_ < plan_.catalogs.size())
        lanes_.push_back(open_lane(plan_.catalogs[opened_++], true, c));
}

// Appends rows of one catalog; false = it has no more.
task<result<bool>> catalog_walk::fill(lane& from, const call& c) {
    if (from.begun.running() || from.begun.here()) {
        co_await from.begun.settle();
        auto begun = from.begun.take();
        if (!begun) co_return std::move(begun).error();
    }
    if (interrupted_) {
        co_return error{.kind = status::query_cancelled, .message = "the query was cancelled"};
    }
    if (!in_piece_) {
        auto piece = co_await from.pieces.next(c.deadline_ns());
        if (!piece) co_return std::move(piece).error();
        if (piece->text.empty()) co_return false;
        auto opened = piece->open(reader_);
        if (!opened) co_return std::move(opened).error();
    }
    const std::int64_t before = batch_.rows();
    auto more = reader_.take(batch_);
    if (!more) co_return std::move(more).error();
    in_piece_ = *more;
    from.rows += batch_.rows() - before;
    co_return true;
}

// A notice, unless the walk cannot go on.
std::optional<error> catalog_walk::give_up(lane& broken, error why, const call& c) {
    if (ends_all(why)) return why;
    // The only catalog there is: then it is not a matter of one among many.
    if (plan_.catalogs.size() == 1) return why;
    c.report(notice{
        "WARNING",
        why.sqlstate,
        "catalog \"" + broken.catalog + "\" could not be read: " + why.message});
    return std::nullopt;
}

task<result<unique_array>> catalog_walk::next(call c) {
    for (;;) {
        open_lanes(c);
        if (lanes_.empty()) {
            if (batch_.rows() > 0) co_return batch_.finish();
            co_return unique_array();
        }
        lane& current = *lanes_.front();
        auto more = co_await fill(current, c);
        if (more && *more) {
            if (batch_.full() || in_piece_) co_return batch_.finish();
            continue;
        }
        in_piece_ = false;
        if (!more) {
            error why = std::move(more).error();
            co_await current.pieces.stop();
            co_await current.query.stop();
            if (!ends_all(why) && current.comments && current.rows == 0) {
                lanes_.front() = open_lane(current.catalog, false, c);
                continue;
            }
            if (auto fatal = give_up(current, std::move(why), c)) co_return std::move(*fatal);
        }
        lanes_.pop_front();
    }
}

void catalog_walk::interrupt() noexcept {
    interrupted_ = true;
    for (const auto& l : lanes_) {
        if (!l->query.nameless()) l->pieces.interrupt();
    }
}

bool catalog_walk::nameless() const noexcept {
    return std::ranges::any_of(lanes_, [](const auto& l) { return l->query.nameless(); });
}

task<void> catalog_walk::stop() {
    interrupt();
    const std::int64_t until = now_ns() + statement::naming_time;
    for (const auto& l : lanes_) {
        if (!co_await l->begun.wait(until)) l->query.interrupt();
        co_await l->begun.settle();
        co_await l->pieces.stop();
        co_await l->query.stop();
    }
    lanes_.clear();
}

task<result<std::vector<std::string>>> read_texts(
    server_link& link, std::string sql, std::int64_t deadline_ns
) {
    std::vector<std::string> out;
    statement query(link, "");
    row_pieces pieces(link, query);
    result<void> done = co_await query.begin(sql, deadline_ns);
    std::vector<json::column> cells{{.name = "text", .type = arrow::type_id::utf8}};
    const std::vector<arrow::field> fields{{.name = "text", .type = arrow::type_id::utf8}};
    json::row_reader reader(std::move(cells), json::row_shape::array, json::row_shape::array);
    arrow::batch_builder batch(fields, {}, {});
    auto& texts = batch.column<arrow::binary_builder>(0);
    while (done) {
        auto piece = co_await pieces.next(deadline_ns);
        if (piece && piece->text.empty()) break;
        done = piece ? piece->open(reader) : result<void>(std::move(piece).error());
        for (bool more = done.has_value(); more;) {
            auto taken = reader.take(batch);
            for (std::int64_t row = 0; row < texts.length(); ++row)
                out.emplace_back(texts.view(row));
            texts.clear();
            more = taken && *taken;
            if (!taken) done = std::move(taken).error();
        }
    }
    co_await pieces.stop();
    co_await query.stop();
    if (!done) co_return std::move(done).error();
    co_return std::move(out);
}

}  // namespace qry::starburst
