// The frontend/backend protocol, version 3: messages out, messages in. No I/O.
// Facts: https://www.postgresql.org/docs/current/protocol-message-formats.html
#pragma once

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "bytes.hpp"

namespace qry::postgresql {

// Type byte and body (without length) of a message; the body stays valid until the buffer that it
// came from is asked for space again.
struct frame {
    char type = 0;
    std::span<const std::uint8_t> body;
};

// Bytes received, cut into messages. Memory grows with what has arrived, never with what a length
// merely announces.
class input_buffer {
public:
    enum class next_result { complete, incomplete, malformed };

    input_buffer();
    // Where to receive into; never empty. Frames handed out before are gone.
    [[nodiscard]] std::span<std::uint8_t> space();
    void received(std::size_t bytes) noexcept { end_ += bytes; }
    [[nodiscard]] next_result next(frame& out) noexcept;
    // The body of the message at the front when it is a whole one of this type; else false, and
    // next() tells why.
    [[nodiscard]] bool next_if(char type, std::span<const std::uint8_t>& body) noexcept {
        const std::uint8_t* at = data_.get() + begin_;
        const std::size_t have = end_ - begin_;
        if (have < header || static_cast<char>(*at) != type) return false;
        const std::size_t length = load<std::uint32_t>(at + 1);
        if (length < 4 || length >= have) return false;
        body = {at + header, length - 4};
        begin_ += length + 1;
        return true;
    }
    [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }
    [[nodiscard]] std::size_t size() const noexcept { return end_ - begin_; }
    // Gives memory back while the session is idle.
    void shrink();

    // One message may not be longer; the server's own limit is 1 GiB for a field.
    static constexpr std::uint32_t max_message = 0x7fff'fff0;

private:
    // Type and length.
    static constexpr std::size_t header = 5;

    void resize(std::size_t capacity);
    void to_front() noexcept;

    struct give_back {
        void operator()(std::uint8_t* data) const noexcept { std::free(data); }
    };
    // From malloc: a block of many pages grows by moving them, not their bytes.
    std::unique_ptr<std::uint8_t[], give_back> data_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

// Messages to the server, in one block that is sent as a whole.
class output_buffer {
public:
    // A message in the making: between begin() and end() its body is appended. Type 0 makes an
    // untyped one (SSLRequest, CancelRequest).
    void begin(char type);
    void end() noexcept;

    void put8(std::uint8_t v) { bytes_.push_back(v); }
    void put16(std::int16_t v);
    void put32(std::int32_t v);
    void put64(std::int64_t v);
    void put_bytes(std::span<const std::uint8_t> v);
    void put_text(std::string_view v);
    // With its NUL.
    void put_name(std::string_view v);
    // A length to be filled in once what follows is written: returns its place.
    [[nodiscard]] std::size_t open_length();
    void close_length(std::size_t place) noexcept;

    // Complete messages. Empty name = the unnamed statement; all use the unnamed portal.
    void parse(std::string_view name, std::string_view sql);
    void describe_statement(std::string_view name);
    void close_statement(std::string_view name);
    void execute();
    void sync();
    void query(std::string_view sql);
    void copy_fail(std::string_view reason);
    void terminate();

    [[nodiscard]] std::span<const std::uint8_t> pending() const noexcept {
        return std::span(bytes_).subspan(sent_);
    }
    void sent(std::size_t bytes) noexcept;
    [[nodiscard]] bool empty() const noexcept { return sent_ == bytes_.size(); }
    // Forgets a message that was begun and could not be finished, and all after it.
    [[nodiscard]] std::size_t mark() const noexcept { return bytes_.size(); }
    void rewind(std::size_t mark) { bytes_.resize(mark); }
    void clear() noexcept;
    // The same, and nothing of what was in it stays in memory.
    void wipe() noexcept;

private:
    std::vector<std::uint8_t> bytes_;
    std::size_t sent_ = 0;
    std::size_t length_at_ = 0;
};

}  // namespace qry::postgresql
