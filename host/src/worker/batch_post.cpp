#include "worker/batch_post.hpp"

namespace qry::worker {

batch_post::batch_post(std::shared_ptr<wire::lane> to, std::shared_ptr<wire::segment_source> memory)
    : lane_(std::move(to)),
      memory_(std::move(memory)),
      sharing_{
          .where = [this](const void* at, std::size_t size) { return memory_->find(at, size); },
          .copy =
              [this](std::size_t size) {
                  copied_.blocks.reserve(copied_.blocks.size() + 1);
                  void* block = memory_->alloc(size);
                  if (block != nullptr) copied_.blocks.emplace_back(block, size);
                  return block;
              }} {}

batch_post::~batch_post() {
    for (auto& [batch, kept] : out_)
        release(kept.own);
}

result<void> batch_post::send(
    std::uint32_t channel, std::uint32_t verb, const arrow::field& type, unique_array rows
) {
    payload_.clear();
    wire::writer to(payload_);
    const std::uint64_t batch = ++last_;
    auto shared = wire::put_batch(to, batch, type, *rows, sharing_);
    if (!shared || !*shared) release(copied_);
    if (!shared) return std::move(shared).error();
    if (*shared) {
        announce();
        out_.emplace(batch, held{std::move(rows), std::exchange(copied_, {})});
    }
    const std::size_t mark = lane_->begin();
    auto& frame = lane_->buffer();
    frame.insert(frame.end(), payload_.begin(), payload_.end());
    lane_->end(mark, {0, static_cast<std::uint16_t>(wire::frame_type::batch), 0, channel, verb});
    return {};
}

void batch_post::announce() {
    for (const auto& made : memory_->after(announced_)) {
        lane_->send_descriptor({.number = made.number, .bytes = made.bytes}, made.fd);
        announced_ = made.number;
    }
}

bool batch_post::take_back(std::uint64_t batch) {
    const auto found = out_.find(batch);
    if (found == out_.end()) return false;
    release(found->second.own);
    out_.erase(found);
    return true;
}

void batch_post::release(copies& which) noexcept {
    for (const auto& [block, size] : which.blocks)
        memory_->free(block, size);
    which.blocks.clear();
}

}  // namespace qry::worker
