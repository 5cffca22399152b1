// The daemon put together: a listener, a host whose batches lie in shared memory, its clients.
#include <qry/serve.hpp>

#include <cstdlib>
#include <memory>
#include <utility>

#include "base/log.hpp"
#include "daemon/acceptor.hpp"
#include "daemon/address.hpp"
#include "daemon/listener.hpp"
#include "service/host_service.hpp"
#include "wire/segment.hpp"

namespace qry {

namespace {

// Shared memory first; when that is spent, its own: such batches reach a client as copies.
abi::block_source shared_blocks(const std::shared_ptr<wire::segment_source>& memory) {
    const abi::block_source others = abi::system_blocks();
    return {
        .alloc =
            [memory, others](std::size_t size) {
                void* block = memory->alloc(size);
                return block != nullptr ? block : others.alloc(size);
            },
        .free =
            [memory, others](void* block, std::size_t size) {
                if (memory->find(block, size).number != 0) {
                    memory->free(block, size);
                } else {
                    others.free(block, size);
                }
            }};
}

result<daemon::listener> open_door(const std::string& listen) {
    auto handed_over = daemon::listener::inherited();
    if (!handed_over || handed_over->is_open()) return handed_over;
    auto path = daemon::socket_path(listen);
    if (!path) return std::move(path).error();
    return daemon::listener::bind(*path);
}

}  // namespace

result<std::shared_ptr<server>> server::start(serve_options options) {
    if (options.drain < duration(0)) {
        return error{
            .kind = status::invalid_parameter,
            .message = "drain is negative; expected a time to wait for what runs",
            .from = origin::host,
            .parameter = "drain"};
    }
    // First, so that a second daemon ends before it touches the registry.
    auto door = open_door(options.listen);
    if (!door) return std::move(door).error();
    auto memory = std::make_shared<wire::segment_source>(daemon::default_shared_bytes());
    auto shared = service::context::open(std::move(options.host), shared_blocks(memory));
    if (!shared) return std::move(shared).error();
    host_ptr host =
        std::make_shared<service::host_service>(std::move(*shared), service::callers::elsewhere);
    return daemon::serve(std::move(*door), std::move(host), std::move(memory), options.drain);
}

}  // namespace qry
