// A piece of a spooled result on its way here: fetched, unpacked, acknowledged.
//
// Source: the "Spooling protocol" part of Trino's client documentation; what server 476 does
// where it says nothing: LZ4 is a raw block, an acknowledgement is a GET with the segment's
// headers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <qry/background.hpp>
#include <qry/kit/http/client.hpp>
#include <qry/result.hpp>
#include <qry/task.hpp>

#include "page.hpp"
#include "statement.hpp"

namespace qry::starburst {

// The JSON of a segment's bytes, with json::padding bytes behind it that do not count.
// `encoding` is the page's; `uncompressed` = 0 means that they are plain.
[[nodiscard]] result<std::string> unpack(
    std::string_view data, std::string_view encoding, std::size_t uncompressed
);

class segment_fetch {
public:
    segment_fetch(server_link& link, segment which, std::string encoding);
    segment_fetch(const segment_fetch&) = delete;
    segment_fetch& operator=(const segment_fetch&) = delete;
    ~segment_fetch() = default;

    // What it will take in memory.
    [[nodiscard]] std::size_t size() const noexcept;
    [[nodiscard]] bool begun() const noexcept { return begun_; }
    // Asks for it; at once when it is inline.
    void begin(std::int64_t deadline_ns);
    // True = it is here; false = `until_ns` came first.
    [[nodiscard]] task<bool> wait(std::int64_t until_ns);
    // The JSON array; valid until release(). Tells the server, without waiting, that it was
    // read.
    [[nodiscard]] result<std::string_view> take();
    // Its text is not needed any more.
    void release() noexcept { json_ = {}; }
    [[nodiscard]] bool acknowledging() const noexcept { return ack_.running(); }
    // Breaks off what is under way.
    void interrupt() noexcept;
    // Waits for what is under way.
    [[nodiscard]] task<void> settle();

private:
    [[nodiscard]] result<std::string> plain_text();
    [[nodiscard]] http::request request_for(const std::string& url) const;

    server_link& link_;
    segment segment_;
    const std::string encoding_;
    http::request request_;
    background<http::response> fetch_;
    http::request ack_request_;
    background<http::response> ack_;
    std::string json_;
    bool begun_ = false;
};

}  // namespace qry::starburst
