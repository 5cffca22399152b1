// From connection parameters to a session.
#pragma once

#include <memory>

#include <qry/blocking.hpp>

namespace qry::sqlite {

struct driver {
    static constexpr bool has_schema_digest = true;

    static result<std::unique_ptr<blocking_session>> connect(
        const connect_request& request, const call& call
    );
    // Steps: open, read.
    static result<void> test(const connect_request& request, const call& call);
    // Any thread.
    static void cancel_connect(qry_call* call) noexcept;
};

}  // namespace qry::sqlite
