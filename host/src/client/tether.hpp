// Keeps the socket open for as long as batches of the connection are read.
#pragma once

#include <qry/registry/unique_fd.hpp>

namespace qry::client {

// The daemon uses the memory of a batch again when it was given back, or when the last descriptor
// of the socket is closed. A batch may outlive host and connection: it holds one of these.
struct tether {
    explicit tether(registry::unique_fd copy) noexcept : socket(std::move(copy)) {}
    registry::unique_fd socket;
};

}  // namespace qry::client
