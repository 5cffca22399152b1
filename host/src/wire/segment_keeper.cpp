#include "wire/segment_keeper.hpp"

#include <utility>

#include "base/clock.hpp"
#include "base/post.hpp"

namespace qry::wire {

std::shared_ptr<segment_keeper> segment_keeper::start(
    boost::asio::io_context& loop, std::shared_ptr<segment_source> memory, std::int64_t patience
) {
    std::shared_ptr<segment_keeper> made(new segment_keeper(loop, std::move(memory), patience));
    made->memory_->on_use([&loop, weak = std::weak_ptr<segment_keeper>(made)] {
        base::post(loop, [weak] {
            if (const auto self = weak.lock()) self->watch();
        });
    });
    return made;
}

segment_keeper::segment_keeper(
    boost::asio::io_context& loop, std::shared_ptr<segment_source> memory, std::int64_t patience
)
    : timers_(base::timers::of(loop.get_executor())),
      memory_(std::move(memory)),
      patience_(patience) {}

segment_keeper::~segment_keeper() {
    memory_->on_use({});
    timers_.take_back(*this);
}

void segment_keeper::watch() {
    asked_ = memory_->asked();
    timers_.set(*this, base::now_ns() + patience_);
}

void segment_keeper::expired() noexcept {
    if (memory_->asked() != asked_) return watch();
    memory_->rest();
}

}  // namespace qry::wire
