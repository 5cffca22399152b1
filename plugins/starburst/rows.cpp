#include "rows.hpp"

#include "error.hpp"

namespace qry::starburst {

namespace {

// Segments under way or waiting to be decoded, and what they may take together.
constexpr std::size_t ahead_count = 4;
constexpr std::size_t ahead_bytes = std::size_t{64} << 20;

}  // namespace

row_pieces::row_pieces(server_link& link, statement& of) : link_(link), statement_(of) {}

row_pieces::~row_pieces() = default;

void row_pieces::enqueue(page& from) {
    for (segment& s : from.segments) {
        segments_.push_back(std::make_unique<segment_fetch>(link_, std::move(s), from.encoding));
    }
    from.segments.clear();
}

void row_pieces::fetch_ahead(std::int64_t deadline_ns) {
    std::size_t bytes = 0;
    std::size_t count = 0;
    for (const auto& s : segments_) {
        bytes += s->size();
        if (count > 0 && (count >= ahead_count || bytes > ahead_bytes)) return;
        ++count;
        if (!s->begun()) s->begin(deadline_ns);
    }
}

void row_pieces::retire_shown() {
    std::erase_if(retired_, [](const auto& s) { return !s->acknowledging(); });
    if (!shown_) return;
    shown_->release();
    retired_.push_back(std::move(shown_));
}

task<result<row_piece>> row_pieces::next(std::int64_t deadline_ns) {
    retire_shown();
    for (;;) {
        if (!page_taken_) {
            page_taken_ = true;
            page& p = statement_.now();
            if (!p.rows.empty()) co_return row_piece{p.rows, &statement_.reply(), p.rows_token};
            enqueue(p);
        }
        // Inline segments are views into the page, which is kept until they are used up.
        if (!segments_.empty()) {
            fetch_ahead(deadline_ns);
            (void)co_await segments_.front()->wait(no_deadline);
            shown_ = std::move(segments_.front());
            segments_.pop_front();
            auto text = shown_->take();
            if (!text) co_return std::move(text).error();
            co_return row_piece{*text};
        }
        if (statement_.now().failure) co_return *statement_.now().failure;
        if (statement_.ended()) {
            for (const auto& s : retired_)
                co_await s->settle();
            retired_.clear();
            co_return row_piece{};
        }
        auto followed = co_await statement_.follow(deadline_ns);
        if (!followed) co_return std::move(followed).error();
        page_taken_ = false;
    }
}

task<bool> row_pieces::wait(std::int64_t until_ns) {
    if (!page_taken_ && !statement_.now().rows.empty()) co_return true;
    if (!segments_.empty()) {
        if (!segments_.front()->begun()) co_return true;
        co_return co_await segments_.front()->wait(until_ns);
    }
    co_return co_await statement_.wait_ahead(until_ns);
}

void row_pieces::interrupt() noexcept {
    statement_.interrupt();
    for (const auto& s : segments_)
        s->interrupt();
    if (shown_) shown_->interrupt();
    for (const auto& s : retired_)
        s->interrupt();
}

task<void> row_pieces::stop() {
    interrupt();
    retire_shown();
    for (const auto& s : segments_)
        co_await s->settle();
    segments_.clear();
    for (const auto& s : retired_)
        co_await s->settle();
    retired_.clear();
}

}  // namespace qry::starburst
