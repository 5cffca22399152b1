// Record batches as an Arrow IPC stream: for files and pipes that any Arrow library reads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include <qry/arrow.h>
#include <qry/kit/arrow/type.hpp>
#include <qry/result.hpp>

namespace qry::arrow_ipc {

// Takes the next piece of the stream; the bytes are valid during the call only. An error ends the
// stream: the writer hands it on and writes nothing after it.
using byte_sink = std::function<result<void>(std::span<const std::byte>)>;

// begin, write for each batch, end. Out of turn, or after a failure: an error that says so. Memory:
// the message headers, and what must be rewritten of a batch that is a slice. Not thread-safe.
class stream_writer {
public:
    explicit stream_writer(byte_sink to);

    // rows: a struct, its fields are the columns, its metadata that of the schema. Types that
    // qry_kit_arrow does not know are refused with field and format.
    [[nodiscard]] result<void> begin(const ArrowSchema& rows);
    [[nodiscard]] result<void> begin(const arrow::field& rows);
    // A struct array of that schema, possibly a slice; borrowed during the call. Its structure is
    // checked, contents only as far as offsets lead to its children: call arrow::validate() first
    // for arrays that are not trusted. A batch refused for that leaves the stream as it was. Rows
    // that are null as a whole are refused: a record batch has none.
    [[nodiscard]] result<void> write(const ArrowArray& rows);
    // The end-of-stream marker.
    [[nodiscard]] result<void> end();

private:
    enum class state : std::uint8_t { fresh, open, ended, broken };

    [[nodiscard]] result<void> require(state wanted, const char* call) const;
    [[nodiscard]] result<void> send(std::span<const std::byte> bytes);

    byte_sink to_;
    arrow::field rows_;
    state state_ = state::fresh;
};

}  // namespace qry::arrow_ipc
