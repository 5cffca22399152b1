#include "protocol.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>

#include <qry/secret.hpp>

namespace qry::postgresql {

namespace {

constexpr std::size_t initial_capacity = 16 * 1024;
// Enough to take what a socket holds in one call; more only for a message that is longer.
constexpr std::size_t streaming_capacity = 512 * 1024;

void store32(std::uint8_t* at, std::uint32_t v) noexcept {
    v = __builtin_bswap32(v);
    std::memcpy(at, &v, sizeof(v));
}

}  // namespace

input_buffer::input_buffer() {
    resize(initial_capacity);
}

void input_buffer::resize(std::size_t capacity) {
    to_front();
    auto* moved = static_cast<std::uint8_t*>(std::realloc(data_.get(), capacity));
    if (moved == nullptr) throw std::bad_alloc();
    static_cast<void>(data_.release());
    data_.reset(moved);
    capacity_ = capacity;
}

void input_buffer::to_front() noexcept {
    if (begin_ == 0) return;
    std::memmove(data_.get(), data_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
}

std::span<std::uint8_t> input_buffer::space() {
    if (begin_ == end_) {
        begin_ = end_ = 0;
    } else if (capacity_ - end_ < capacity_ / 2) {
        to_front();
    }
    if (end_ == capacity_) {
        // Full of one message, or of more than fits: double, whatever its length claims.
        resize(std::max(capacity_ * 2, streaming_capacity));
    }
    return {data_.get() + end_, capacity_ - end_};
}

input_buffer::next_result input_buffer::next(frame& out) noexcept {
    const std::size_t have = end_ - begin_;
    if (have < header) return next_result::incomplete;
    const std::uint8_t* at = data_.get() + begin_;
    const auto length = load<std::uint32_t>(at + 1);
    if (length < 4 || length > max_message) return next_result::malformed;
    if (have < length + std::size_t{1}) return next_result::incomplete;
    out.type = static_cast<char>(*at);
    out.body = {at + header, length - 4};
    begin_ += length + std::size_t{1};
    return next_result::complete;
}

void input_buffer::shrink() {
    if (capacity_ > initial_capacity && end_ - begin_ < initial_capacity / 2) {
        resize(initial_capacity);
    }
}

void output_buffer::begin(char type) {
    if (empty()) clear();
    if (type != 0) put8(static_cast<std::uint8_t>(type));
    length_at_ = bytes_.size();
    put32(0);
}

void output_buffer::end() noexcept {
    store32(bytes_.data() + length_at_, static_cast<std::uint32_t>(bytes_.size() - length_at_));
}

void output_buffer::put16(std::int16_t v) {
    const auto raw = static_cast<std::uint16_t>(v);
    put8(static_cast<std::uint8_t>(raw >> 8));
    put8(static_cast<std::uint8_t>(raw));
}

void output_buffer::put32(std::int32_t v) {
    std::uint8_t raw[4];
    store32(raw, static_cast<std::uint32_t>(v));
    put_bytes(raw);
}

void output_buffer::put64(std::int64_t v) {
    put32(static_cast<std::int32_t>(v >> 32));
    put32(static_cast<std::int32_t>(v));
}

void output_buffer::put_bytes(std::span<const std::uint8_t> v) {
    bytes_.insert(bytes_.end(), v.begin(), v.end());
}

void output_buffer::put_text(std::string_view v) {
    bytes_.insert(bytes_.end(), v.begin(), v.end());
}

void output_buffer::put_name(std::string_view v) {
    put_text(v);
    put8(0);
}

std::size_t output_buffer::open_length() {
    const std::size_t place = bytes_.size();
    put32(0);
    return place;
}

void output_buffer::close_length(std::size_t place) noexcept {
    store32(bytes_.data() + place, static_cast<std::uint32_t>(bytes_.size() - place - 4));
}

void output_buffer::parse(std::string_view name, std::string_view sql) {
    begin('P');
    put_name(name);
    put_name(sql);
    put16(0);
    end();
}

void output_buffer::describe_statement(std::string_view name) {
    begin('D');
    put8('S');
    put_name(name);
    end();
}

void output_buffer::close_statement(std::string_view name) {
    begin('C');
    put8('S');
    put_name(name);
    end();
}

void output_buffer::execute() {
    begin('E');
    put_name("");
    put32(0);
    end();
}

void output_buffer::sync() {
    begin('S');
    end();
}

void output_buffer::query(std::string_view sql) {
    begin('Q');
    put_name(sql);
    end();
}

void output_buffer::copy_fail(std::string_view reason) {
    begin('f');
    put_name(reason);
    end();
}

void output_buffer::terminate() {
    begin('X');
    end();
}

void output_buffer::wipe() noexcept {
    clear();
    bytes_.resize(bytes_.capacity());
    qry::wipe(bytes_.data(), bytes_.size());
    bytes_.clear();
}

void output_buffer::sent(std::size_t bytes) noexcept {
    sent_ += bytes;
    if (empty()) clear();
}

void output_buffer::clear() noexcept {
    bytes_.clear();
    sent_ = 0;
    if (bytes_.capacity() > 256 * 1024) std::vector<std::uint8_t>().swap(bytes_);
}

}  // namespace qry::postgresql
