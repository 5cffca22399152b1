#include "segment.hpp"

#include <lz4.h>
#include <zstd.h>

#include <limits>

#include <qry/clock.hpp>
#include <qry/kit/json/reader.hpp>
#include <qry/kit/text/base64.hpp>

#include "error.hpp"

namespace qry::starburst {

namespace {

// A server's segments are some MiB; what claims more than this is not one.
constexpr std::size_t largest = std::size_t{512} << 20;
constexpr std::int64_t acknowledge_time = 10'000 * millisecond;

error damaged(std::string_view encoding, std::string_view why) {
    return protocol_broken(
        "a segment of a spooled result in " + std::string(encoding) + " " + std::string(why)
    );
}

}  // namespace

result<std::string> unpack(
    std::string_view data, std::string_view encoding, std::size_t uncompressed
) {
    std::string out;
    if (uncompressed == 0) {
        out = data;
        out.append(json::padding, ' ');
        return out;
    }
    if (uncompressed > largest || data.size() > largest) {
        return damaged(encoding, "says that it has " + std::to_string(uncompressed) + " bytes");
    }
    out.resize(uncompressed + json::padding, ' ');
    if (encoding == "json+zstd") {
        const std::size_t got = ZSTD_decompress(out.data(), uncompressed, data.data(), data.size());
        if (ZSTD_isError(got) != 0U) return damaged(encoding, ZSTD_getErrorName(got));
        if (got != uncompressed) return damaged(encoding, "is shorter than it says");
        return out;
    }
    if (encoding == "json+lz4") {
        const int got = LZ4_decompress_safe(
            data.data(), out.data(), static_cast<int>(data.size()), static_cast<int>(uncompressed)
        );
        if (got < 0 || static_cast<std::size_t>(got) != uncompressed) {
            return damaged(encoding, "cannot be unpacked");
        }
        return out;
    }
    return damaged(encoding, "was not asked for");
}

segment_fetch::segment_fetch(server_link& link, segment which, std::string encoding)
    : link_(link),
      segment_(std::move(which)),
      encoding_(std::move(encoding)),
      fetch_(link.loop),
      ack_(link.loop) {}

std::size_t segment_fetch::size() const noexcept {
    return segment_.segment_size + segment_.uncompressed_size;
}

// Not the session's headers: the store is another host, and what it may know is in the segment.
http::request segment_fetch::request_for(const std::string& url) const {
    http::request out;
    out.url = url;
    for (const auto& [name, value] : segment_.headers)
        out.headers.push_back({name, value});
    out.secret_url = true;
    out.anonymous = !http::same_origin(url, link_.origin);
    // A coordinator may send its clients on to the store.
    out.max_redirects = 1;
    return out;
}

void segment_fetch::begin(std::int64_t deadline_ns) {
    begun_ = true;
    if (segment_.uri.empty()) return;
    request_ = request_for(segment_.uri);
    request_.deadline_ns = deadline_ns;
    request_.max_body = largest;
    fetch_.run(link_.client.send(request_));
}

task<bool> segment_fetch::wait(std::int64_t until_ns) {
    return fetch_.wait(until_ns);
}

result<std::string> segment_fetch::plain_text() {
    if (segment_.uri.empty()) {
        auto bytes = text::decode_base64(segment_.inline_data);
        if (!bytes) return damaged(encoding_, "is not base64");
        return unpack(*bytes, encoding_, segment_.uncompressed_size);
    }
    auto reply = fetch_.take();
    if (!reply) return std::move(reply).error();
    if (reply->status != 200) {
        error e = status_error(*reply);
        e.message = "a segment of the result could not be fetched: " + e.message;
        e.hint = "Segments expire; run the query again, or set encoding to none.";
        return e;
    }
    return unpack(reply->body, encoding_, segment_.uncompressed_size);
}

// A segment that is not acknowledged is dropped by the server when it expires: whatever the answer
// is, nobody waits for it.
result<std::string_view> segment_fetch::take() {
    auto plain = plain_text();
    if (!plain) return std::move(plain).error();
    json_ = std::move(*plain);
    if (!segment_.ack_uri.empty()) {
        ack_request_ = request_for(segment_.ack_uri);
        ack_request_.deadline_ns = now_ns() + acknowledge_time;
        ack_.run(link_.client.send(ack_request_));
    }
    return std::string_view(json_).substr(0, json_.size() - json::padding);
}

void segment_fetch::interrupt() noexcept {
    if (fetch_.running()) link_.client.interrupt(request_);
    if (ack_.running()) link_.client.interrupt(ack_request_);
}

task<void> segment_fetch::settle() {
    co_await fetch_.settle();
    co_await ack_.settle();
}

}  // namespace qry::starburst
