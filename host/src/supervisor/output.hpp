// What a worker writes to its standard error: read always, so that it never blocks there, and
// logged line by line as far as the log's rate allows.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <qry/registry/unique_fd.hpp>

#include "base/log.hpp"

namespace qry::supervisor {

// Cuts a stream of bytes into lines of at most 8 KiB.
class line_cutter {
public:
    static constexpr std::size_t longest = 8192;
    // Calls for every line that is complete, without its end.
    template <class Line>
    void feed(std::string_view bytes, Line&& line) {
        for (;;) {
            const std::size_t end = bytes.find('\n');
            const std::string_view part = bytes.substr(0, end);
            if (!cut_) rest_.append(part.substr(0, longest - rest_.size()));
            // The remainder of an overlong line is dropped, not logged as lines of its own.
            if (rest_.size() == longest) cut_ = true;
            if (end == std::string_view::npos) return;
            flush(line);
            bytes.remove_prefix(end + 1);
        }
    }
    template <class Line>
    void flush(Line&& line) {
        if (!rest_.empty()) line(std::string_view(rest_));
        rest_.clear();
        cut_ = false;
    }

private:
    std::string rest_;
    bool cut_ = false;
};

// Not thread-safe: the loop's thread only, but for the constructor.
class worker_output : public std::enable_shared_from_this<worker_output> {
public:
    // limiter: shared by all workers of a plugin, so that one that crashes again and again writes
    // no more than one that lives.
    worker_output(
        boost::asio::io_context& loop,
        registry::unique_fd pipe,
        std::string source,
        std::shared_ptr<base::log_limiter> limiter
    );
    // Reads until the other end is closed; keeps itself alive until then.
    void start();
    void close() noexcept;

private:
    void read();
    void log(std::string_view line);

    const std::string source_;
    const std::shared_ptr<base::log_limiter> limiter_;
    boost::asio::posix::stream_descriptor pipe_;
    std::array<char, 4096> buffer_{};
    line_cutter lines_;
};

}  // namespace qry::supervisor
