// One socket between a host's loop and a worker's, with frames going both ways.
//
// A worker has a control lane and one lane for each loop of the host; a session lives on one lane,
// that is on one thread at either end, so that a frame changes no thread on its way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include <qry/callback.hpp>
#include <qry/registry/unique_fd.hpp>

#include "wire/frame.hpp"
#include "wire/message.hpp"

namespace qry::wire {

// A frame that came. The payload is valid during the call, and wiped after it when it carried
// secrets (connect).
struct incoming {
    frame_header header;
    std::span<const std::byte> payload;
    // The descriptor that came with it; closed unless taken.
    registry::unique_fd descriptor;
    [[nodiscard]] frame_type type() const noexcept { return static_cast<frame_type>(header.type); }
};

// Not thread-safe: everything on the loop's thread, but for the constructor.
class lane : public std::enable_shared_from_this<lane> {
public:
    struct events {
        // An error says what was wrong with the frame: the lane is then broken.
        callback<result<void>(incoming&)> on_frame;
        // The other side hung up, or broke the protocol (the error says which); once, last.
        callback<void(error)> on_broken;
    };

    // Takes over a connected stream socket of AF_UNIX.
    [[nodiscard]] static std::shared_ptr<lane> make(
        boost::asio::io_context& loop,
        registry::unique_fd socket,
        const vocabulary& words = worker_words
    );
    virtual ~lane() = default;

    // Starts to read. The events are let go when the lane is closed or broken.
    virtual void start(events to) = 0;
    // Queues a frame; what is queued during one turn of the loop goes out in one write. Payloads of
    // connect are wiped once sent. Nothing happens on a broken lane.
    template <class Message>
    void send(frame_type type, std::uint32_t channel, std::uint32_t verb, const Message& m) {
        const std::size_t mark = begin();
        writer to(buffer());
        encode(to, m);
        end(mark, {0, static_cast<std::uint16_t>(type), 0, channel, verb});
    }
    void send(frame_type type, std::uint32_t channel, std::uint32_t verb) {
        end(begin(), {0, static_cast<std::uint16_t>(type), 0, channel, verb});
    }
    // With a descriptor, which is duplicated into the other process and may be closed afterwards.
    virtual void send_descriptor(const segment& m, int fd) = 0;
    // For payloads that are written in place (batch): writes header space, payload, header.
    [[nodiscard]] virtual std::size_t begin() = 0;
    [[nodiscard]] virtual std::vector<std::byte>& buffer() noexcept = 0;
    virtual void end(std::size_t mark, frame_header header) = 0;
    // The frame goes with this descriptor.
    virtual void end(std::size_t mark, frame_header header, registry::unique_fd with) = 0;
    // Writes what is queued now, without waiting for the end of the loop's turn.
    virtual void flush() = 0;
    // Bytes queued that the socket has not taken: for back-pressure.
    [[nodiscard]] virtual std::size_t queued() const noexcept = 0;
    // Delivers what has arrived already, before a close that must lose nothing. Not from within an
    // event.
    virtual void take_rest() = 0;
    virtual void close() noexcept = 0;
    [[nodiscard]] virtual boost::asio::io_context& loop() noexcept = 0;
};

}  // namespace qry::wire
