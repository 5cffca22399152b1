#include "supervisor/landing.hpp"

#include "base/post.hpp"

namespace qry::supervisor {

wire::landing make_landing(const std::shared_ptr<remote_lane>& lane) {
    wire::landing to;
    // The arena lasts until its last buffer came back.
    qry_arena* arena = lane->share().arena.get();
    to.alloc = [arena](std::size_t size) { return arena->alloc(size); };
    to.free = [arena](void* block, std::size_t size) { arena->free(block, size); };
    // A reader may keep a batch for as long as it likes, and let it go on any thread.
    to.on_release = [gate = lane->share().gate,
                     loop = &lane->loop(),
                     weak = std::weak_ptr<remote_lane>(lane)](std::uint64_t id) {
        gate->pass([&] {
            base::post(*loop, [weak, id] {
                const auto self = weak.lock();
                if (!self || !self->works()) return;
                self->out().send(wire::frame_type::give_back, 0, 0, wire::give_back{id});
            });
        });
    };
    return to;
}

}  // namespace qry::supervisor
