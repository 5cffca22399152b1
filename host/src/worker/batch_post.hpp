// The batches that one lane hands over: what lies in shared memory stays as it is until the host
// gives it back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include <qry/arrow.hpp>
#include <qry/kit/arrow/type.hpp>
#include <qry/result.hpp>

#include "wire/batch.hpp"
#include "wire/lane.hpp"
#include "wire/segment.hpp"

namespace qry::worker {

// Not thread-safe: the lane's loop only.
class batch_post {
public:
    batch_post(std::shared_ptr<wire::lane> to, std::shared_ptr<wire::segment_source> memory);
    batch_post(const batch_post&) = delete;
    batch_post& operator=(const batch_post&) = delete;
    ~batch_post();

    // Tells of new segments first. An error: nothing was sent.
    [[nodiscard]] result<void> send(
        std::uint32_t channel, std::uint32_t verb, const arrow::field& type, unique_array rows
    );
    // False for a batch that is not out.
    [[nodiscard]] bool take_back(std::uint64_t batch);
    [[nodiscard]] std::size_t out() const noexcept { return out_.size(); }

private:
    struct copies {
        std::vector<std::pair<void*, std::size_t>> blocks;
    };
    struct held {
        unique_array rows;
        copies own;
    };
    void announce();
    void release(copies& which) noexcept;

    const std::shared_ptr<wire::lane> lane_;
    const std::shared_ptr<wire::segment_source> memory_;
    const wire::sharing sharing_;
    // Copies made for the batch at hand.
    copies copied_;
    // Written here first: segments that the copies need must be announced before the batch.
    std::vector<std::byte> payload_;
    std::unordered_map<std::uint64_t, held> out_;
    std::uint64_t last_ = 0;
    std::uint32_t announced_ = 0;
};

}  // namespace qry::worker
