#include "supervisor/output.hpp"

#include <utility>

#include <boost/asio/buffer.hpp>

#include "base/clock.hpp"

namespace qry::supervisor {

worker_output::worker_output(
    boost::asio::io_context& loop,
    registry::unique_fd pipe,
    std::string source,
    std::shared_ptr<base::log_limiter> limiter
)
    : source_(std::move(source)), limiter_(std::move(limiter)), pipe_(loop, pipe.release()) {}

void worker_output::start() {
    read();
}

void worker_output::read() {
    pipe_.async_read_some(
        boost::asio::buffer(buffer_),
        [self = shared_from_this()](const boost::system::error_code& failed, std::size_t size) {
            const auto line = [&](std::string_view text) { self->log(text); };
            self->lines_.feed({self->buffer_.data(), size}, line);
            if (!failed) return self->read();
            self->lines_.flush(line);
            self->close();
        }
    );
}

void worker_output::log(std::string_view line) {
    const auto verdict = limiter_->ask(base::now_ns());
    if (!verdict.allowed) return;
    if (verdict.held_back > 0) {
        base::write_log(
            base::log_level::warn,
            source_,
            "(" + std::to_string(verdict.held_back) + " lines were held back)"
        );
    }
    base::write_log(base::log_level::warn, source_, line);
}

void worker_output::close() noexcept {
    boost::system::error_code ignored;
    pipe_.close(ignored);
}

}  // namespace qry::supervisor
