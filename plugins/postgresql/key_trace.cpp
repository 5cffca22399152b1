// fopencookie.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "key_trace.hpp"

#include <libpq-fe.h>

#include <charconv>

#include <qry/secret.hpp>

namespace qry::postgresql {

namespace {

constexpr std::size_t buffer_size = 1024;

ssize_t write_cookie(void* sink, const char* text, std::size_t size) {
    static_cast<key_sink*>(sink)->write({text, size});
    return static_cast<ssize_t>(size);
}

}  // namespace

key_sink::~key_sink() {
    wipe(line_, sizeof(line_));
}

void key_sink::write(std::string_view text) noexcept {
    for (const char c : text) {
        if (c == '\n') {
            if (!too_long_) take_line();
            size_ = 0;
            too_long_ = false;
        } else if (size_ < sizeof(line_)) {
            line_[size_++] = c;
        } else {
            too_long_ = true;
        }
    }
}

// "B\t12\tBackendKeyData\t 4711 -1234567", with a time in front unless that is switched off.
void key_sink::take_line() noexcept {
    constexpr std::string_view label = "\tBackendKeyData\t";
    const std::string_view line(line_, size_);
    const std::size_t found = line.find(label);
    if (found == std::string_view::npos) return;
    const char* at = line.data() + found + label.size();
    const char* end = line.data() + line.size();
    cancel_key key;
    for (std::int32_t* value : {&key.process_id, &key.secret}) {
        while (at != end && *at == ' ')
            ++at;
        const auto [rest, failure] = std::from_chars(at, end, *value);
        if (failure != std::errc()) return;
        at = rest;
    }
    if (at == end) key_ = key;
}

key_trace::key_trace(pg_conn* connection)
    : connection_(connection), buffer_(new char[buffer_size]) {
    file_ = ::fopencookie(&sink_, "w", {nullptr, &write_cookie, nullptr, nullptr});
    if (file_ == nullptr) return;
    PQtrace(connection_, file_);
    PQsetTraceFlags(connection_, PQTRACE_SUPPRESS_TIMESTAMPS);
    // After PQtrace, which sets a buffer of the C library's that nobody would wipe.
    std::setvbuf(file_, buffer_.get(), _IOFBF, buffer_size);
}

void key_trace::stop() noexcept {
    if (file_ == nullptr) return;
    PQuntrace(connection_);
    std::fclose(file_);
    file_ = nullptr;
    wipe(buffer_.get(), buffer_size);
}

std::optional<cancel_key> key_trace::key(int process_id) const noexcept {
    const auto key = sink_.key();
    if (!key || key->process_id != process_id) return std::nullopt;
    return key;
}

}  // namespace qry::postgresql
