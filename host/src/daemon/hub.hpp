// What all clients of one daemon share: the host, its datasources by id, the memory that batches
// are handed over in, and the images of schemas.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>

#include <qry/host.hpp>
#include <qry/registry/unique_fd.hpp>

#include "base/log.hpp"
#include "base/loop_group.hpp"
#include "base/post.hpp"
#include "wire/segment.hpp"

namespace qry::daemon {

// Datasources that clients were told of. An id is never given to another datasource.
class directory {
public:
    void keep(const datasource_ptr& which, const std::string& id) { by_id_[id] = which; }
    // NULL: not known here.
    [[nodiscard]] datasource_ptr find(const std::string& id) const;
    // Somebody removed it.
    void forget(const std::string& name);
    // What it was called that was removed; empty: nobody knows.
    [[nodiscard]] std::string removed(const std::string& id) const;

private:
    std::map<std::string, datasource_ptr> by_id_;
    std::map<std::string, std::string> removed_;
};

// A snapshot's image in memory that nobody can change any more.
struct shared_image {
    std::uint64_t number = 0;
    std::uint64_t bytes = 0;
    std::shared_ptr<const registry::unique_fd> memory;
};

// One image a datasource: that of its newest snapshot.
class images {
public:
    images();
    // Made at most once for a snapshot.
    [[nodiscard]] result<shared_image> of(const std::string& id, const schema_ptr& snapshot);

private:
    struct entry {
        schema_ptr snapshot;
        shared_image image;
    };
    std::map<std::string, entry> by_id_;
    std::uint64_t next_;
};

// Held by connections and by every completion that is under way, so that its loop lasts.
struct hub {
    hub(host_ptr of, std::shared_ptr<wire::segment_source> shared)
        : host(std::move(of)), memory(std::move(shared)) {}
    hub(const hub&) = delete;
    hub& operator=(const hub&) = delete;

    // Thread-safe
    const host_ptr host;
    const std::shared_ptr<wire::segment_source> memory;
    base::log_limiter limiter;
    // All that follows, and every connection, is used on its thread only.
    base::loop_group loops{1};

    directory datasources;
    class images images;
    std::size_t clients = 0;
    // Of batches that lie in `memory` and are with a client.
    std::uint64_t lent_bytes = 0;
    bool stopping = false;

    [[nodiscard]] boost::asio::io_context& loop() noexcept { return loops.loop(0); }
    // At once on the loop's own thread.
    template <class Work>
    void on_loop(Work work) {
        if (loop().get_executor().running_in_this_thread()) return work();
        base::post(loop(), std::move(work));
    }
};
using hub_ptr = std::shared_ptr<hub>;

}  // namespace qry::daemon
