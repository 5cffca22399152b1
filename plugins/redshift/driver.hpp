// How sessions are made and how a datasource is tested.
#pragma once

#include <qry/async.hpp>

#include "credentials.hpp"
#include "options.hpp"
#include "postgresql/session.hpp"
#include "startup.hpp"

namespace qry::redshift {

struct driver {
    static task<result<std::unique_ptr<async_session>>> connect(connect_request request, call call);
    static task<result<void>> test(connect_request request, call call);
    // On the loop's thread.
    static void cancel_connect(qry_call* call) noexcept;
};

// What a session of this datasource needs to know.
[[nodiscard]] postgresql::session_options session_options_of(
    const connect_options& options, qry_arena* arena
);

}  // namespace qry::redshift
