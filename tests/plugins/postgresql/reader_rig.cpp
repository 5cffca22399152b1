#include "reader_rig.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>

#include "conversation.hpp"
#include "dialect.hpp"
#include "protocol.hpp"
#include "row_reader.hpp"

namespace qry::test {

namespace {

using namespace qry::postgresql;

class listener {
public:
    listener(const reading& what, frames where) : what_(what), where_(where) {
        if (what.described) {
            conversation_.expect(segment::prepare);
        } else {
            start(what.columns);
        }
        conversation_.expect(segment::run);
    }

    void receive(std::span<const std::uint8_t> bytes) {
        while (!bytes.empty() && !over_) {
            const auto space = in_.space();
            const std::size_t piece = std::min(space.size(), bytes.size());
            std::memcpy(space.data(), bytes.data(), piece);
            in_.received(piece);
            bytes = bytes.subspan(piece);
            pump();
        }
    }

    heard finish() {
        hand_over();
        out_.events += over_ ? "" : "open " + std::to_string(in_.size());
        return std::move(out_);
    }

private:
    void pump() {
        frame f;
        while (!over_) {
            switch (in_.next(f)) {
                case input_buffer::next_result::incomplete:
                    return;
                case input_buffer::next_result::malformed:
                    return end("malformed length");
                case input_buffer::next_result::complete:
                    break;
            }
            if (where_ == frames::in_place) {
                take(f);
                continue;
            }
            const auto exact = std::make_unique<std::uint8_t[]>(f.body.size());
            std::copy(f.body.begin(), f.body.end(), exact.get());
            take({f.type, {exact.get(), f.body.size()}});
        }
    }

    void take(const frame& f) {
        if (f.type == 'D' && conversation_.in_rows()) return take_row(f);
        switch (conversation_.take(f)) {
            case conversation::event::nothing:
                return;
            case conversation::event::notice:
                out_.events += "notice " + conversation_.notice().message + "\n";
                return;
            case conversation::event::copy_in:
            case conversation::event::copy_out:
                discarding_ = true;
                out_.events += "copy\n";
                return;
            case conversation::event::ready:
                out_.events += "ready\n";
                if (conversation_.failure()) {
                    out_.events += conversation_.failure()->message + "\n";
                }
                if (conversation_.tag) out_.events += conversation_.tag->name + "\n";
                if (conversation_.idle()) return end("idle");
                if (!reader_ && conversation_.columns) start(*conversation_.columns);
                return;
            case conversation::event::broken:
                return end(conversation_.breach());
        }
    }

    void take_row(const frame& f) {
        if (discarding_ || !reader_) return;
        row_sink::outcome got;
        try {
            got = reader_->take(f.body);
            if (got == row_sink::outcome::failed) out_.events += reader_->failure().message + "\n";
        } catch (const std::exception& e) {
            // No memory, or offsets beyond 2 GiB.
            got = row_sink::outcome::failed;
            out_.events += std::string(e.what()) + "\n";
        }
        if (got == row_sink::outcome::full) hand_over();
        if (got != row_sink::outcome::failed) return;
        discarding_ = true;
        if (reader_->poisoned()) out_.events += "poisoned\n";
    }

    void start(const std::vector<column_description>& columns) {
        const auto unknown = what_.types->missing(columns);
        type_catalog more;
        if (!unknown.empty()) more = *what_.types;
        for (const oid type : unknown)
            more.add_unknown(type);
        const auto plan = plan_columns(
            *make_postgresql_dialect(), unknown.empty() ? *what_.types : more, columns, what_.how
        );
        out_.type.type = arrow::data_type::structure(fields_of(plan));
        reader_.emplace(plan, arrow::memory{}, what_.limit, what_.check_text);
    }

    void hand_over() {
        if (reader_ && !discarding_ && reader_->rows() > 0) {
            out_.batches.push_back(reader_->finish());
        }
    }

    void end(const std::string& why) {
        over_ = true;
        out_.events += why;
    }

    const reading& what_;
    const frames where_;
    input_buffer in_;
    conversation conversation_;
    std::optional<row_reader> reader_;
    heard out_;
    bool discarding_ = false;
    bool over_ = false;
};

class hasher {
public:
    void bytes(const void* data, std::size_t size) {
        const auto* at = static_cast<const std::uint8_t*>(data);
        for (; size >= 8; at += 8, size -= 8) {
            std::uint64_t word;
            std::memcpy(&word, at, sizeof(word));
            number(word);
        }
        std::uint64_t rest = size;
        if (size > 0) std::memcpy(&rest, at, size);
        number(rest);
    }
    void number(std::uint64_t v) {
        value_ = (value_ ^ v) * 0x9E37'79B9'7F4A'7C15U;
        value_ ^= value_ >> 29;
    }
    [[nodiscard]] std::uint64_t value() const { return value_; }

private:
    std::uint64_t value_ = 1;
};

void hash(hasher& out, const arrow::data_type& type, const ArrowArray& a) {
    out.number(static_cast<std::uint64_t>(a.length));
    out.number(static_cast<std::uint64_t>(a.null_count));
    const auto length = static_cast<std::size_t>(a.length);
    if (a.buffers[0] != nullptr) out.bytes(a.buffers[0], (length + 7) / 8);
    const auto offsets = [&] {
        const auto* at = static_cast<const std::int32_t*>(a.buffers[1]);
        out.bytes(at, (length + 1) * sizeof(std::int32_t));
        return static_cast<std::size_t>(at[length]);
    };
    switch (type.id()) {
        case arrow::type_id::structure:
            break;
        case arrow::type_id::list:
            (void)offsets();
            break;
        case arrow::type_id::utf8:
        case arrow::type_id::binary:
            out.bytes(a.buffers[2], offsets());
            break;
        default:
            out.bytes(a.buffers[1], (length * static_cast<std::size_t>(type.row_bits()) + 7) / 8);
    }
    for (std::size_t i = 0; i < type.children().size(); ++i)
        hash(out, type.children()[i].type, *a.children[i]);
}

}  // namespace

heard listen(
    const reading& what,
    std::span<const std::uint8_t> bytes,
    std::span<const std::size_t> cuts,
    frames where
) {
    listener l(what, where);
    std::size_t from = 0;
    for (const std::size_t cut : cuts) {
        l.receive(bytes.subspan(from, cut - from));
        from = cut;
    }
    l.receive(bytes.subspan(from));
    return l.finish();
}

std::uint64_t fingerprint(const arrow::field& type, const ArrowArray& array) {
    hasher out;
    hash(out, type.type, array);
    return out.value();
}

}  // namespace qry::test
