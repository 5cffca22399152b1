// What is said. One struct a message; encode() appends its payload, decode() reads a whole payload
// or says what is wrong with it.
//
// Host to worker, on a lane:
//   connect → step*, info*, notice*, then connected or failed       opens the channel
//     with test: done or failed, and there is no channel
//   execute, introspect → notice*, head, then batch* and ended, or failed in place of any of them
//   credit                                                          more batches may come
//   cancel                                                          of the verb under way
//   reset → done or failed                                          unless ended said it is done
//   close → done                                                    ends the channel
//   give_back                                                       a shared batch was let go
// and on the control lane (channel 0): hello → ready or failed; ping → pong; drain → drained.
// Worker to host, unasked: segment (with a descriptor), log_line, died (an idle session was lost).
//
// Numbers: the channels of a lane rise, and so do the verbs of a channel: connect, execute,
// introspect, reset and close each take the next one. cancel, credit and every answer bear the
// number of the verb they belong to. What crossed with an answer is dropped: cancel and credit of a
// verb that is over; cancel and credit of a channel that is gone, and its close is answered done.
// A verb whose cancel came too late ends in failed(query_cancelled) all the same, until then with
// what it had. reset and close may come while batches are still under way, and end the verb.
//
// Between the parts of an introspection nothing is reset, since all are read from one state: only
// the last one's end says that the session is clean.
//
// Rationale: one small query is one write each way. The worker asks the plugin for batches as far
// as its credit goes, without being asked, and resets a session whose result has ended; so execute
// is answered by head, batch and ended in one piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <qry/host.hpp>
#include <qry/secret.hpp>

#include "wire/frame.hpp"

namespace qry::wire {

enum class frame_type : std::uint16_t {
    // Host to worker
    hello = 1,
    connect = 2,
    execute = 3,
    introspect = 4,
    credit = 5,
    cancel = 6,
    reset = 7,
    close = 8,
    give_back = 9,
    ping = 10,
    drain = 11,
    // Worker to host
    ready = 32,
    connected = 33,
    head = 34,
    batch = 35,
    ended = 36,
    done = 37,
    failed = 38,
    step = 39,
    info = 40,
    notice = 41,
    segment = 42,
    log_line = 43,
    died = 44,
    pong = 45,
    drained = 46,
};

// "execute"; empty for a number that is no type.
[[nodiscard]] std::string_view frame_name(frame_type type) noexcept;
extern const vocabulary worker_words;

// Time travels as what is left: the clocks agree, but a deadline that has passed must be seen as
// such on both sides.
struct hello {
    std::uint32_t version = protocol_version;
    // Where the manifest lies; the worker checks and loads the library by itself.
    std::string plugin_folder;
    std::string plugin_name;
    // What batches may hold of shared memory in all, and the greatest segment.
    std::uint64_t arena_bytes = 0;
    std::int32_t log_threshold = 0;
};

struct ready {
    std::uint32_t version = protocol_version;
    std::string plugin_version;
    bool blocking = false;
};

struct connect {
    bool test = false;
    std::int64_t remaining_ns = 0;
    std::string query_id;
    std::map<std::string, std::string> params;
    // Wiped from the frame's buffers on both sides after use.
    std::map<std::string, secret> secrets;
};

// Arguments are a batch of one row in the frame (batch.hpp), empty = none.
struct execute {
    std::int64_t remaining_ns = 0;
    std::uint32_t credit = 0;
    std::string query_id;
    std::string sql;
    std::map<std::string, std::string> options;
    std::vector<std::byte> args_schema;
    std::vector<std::byte> args;
    // Since the caller asked, when this query is to be traced; 0 = it is not.
    std::int64_t elapsed_ns = 0;
};

struct introspect {
    std::int64_t remaining_ns = 0;
    std::uint32_t credit = 0;
    std::string query_id;
    // QRY_INTROSPECT_*, or backend::digest_part.
    std::int32_t part = 0;
    bool first = false;
    bool last = false;
    // As in execute.
    std::int64_t elapsed_ns = 0;
};

struct credit {
    std::uint32_t batches = 0;
};

// reset and close.
struct timed {
    std::int64_t remaining_ns = 0;
};

// A batch that lay in segments.
struct give_back {
    std::uint64_t batch = 0;
};

struct head {
    std::int64_t rows_affected = -1;
    // schema codec of batch.hpp; empty = no result set.
    std::vector<std::byte> schema;
    // See backend::digest_part; empty otherwise.
    std::string digest;
};

// The result is over. reset_done: the session is clean again; else reset must be asked for.
struct ended {
    std::int64_t rows_affected = -1;
    bool reset_done = false;
};

struct failed {
    error why;
};

struct segment {
    std::uint32_t number = 0;
    std::uint64_t bytes = 0;
};

struct log_line {
    std::int32_t level = 0;
    std::string source;
    std::string text;
};

struct info {
    std::string key;
    std::string value;
};

struct ping {
    std::uint64_t cookie = 0;
};

void encode(writer& to, const hello& m);
void encode(writer& to, const ready& m);
void encode(writer& to, const connect& m);
void encode(writer& to, const execute& m);
void encode(writer& to, const introspect& m);
void encode(writer& to, const credit& m);
void encode(writer& to, const timed& m);
void encode(writer& to, const give_back& m);
void encode(writer& to, const head& m);
void encode(writer& to, const ended& m);
void encode(writer& to, const failed& m);
void encode(writer& to, const segment& m);
void encode(writer& to, const log_line& m);
void encode(writer& to, const info& m);
void encode(writer& to, const ping& m);
void encode(writer& to, const test_step_report& m);
void encode(writer& to, const query_notice& m);

// T: one of the above. The error names frame and field.
template <class T>
[[nodiscard]] result<T> decode(std::span<const std::byte> payload);

}  // namespace qry::wire
