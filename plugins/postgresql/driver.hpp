// How sessions are made and how a datasource is tested.
#pragma once

#include <qry/async.hpp>

namespace qry::postgresql {

struct driver {
    static constexpr bool has_schema_digest = true;

    static task<result<std::unique_ptr<async_session>>> connect(connect_request request, call call);
    static task<result<void>> test(connect_request request, call call);
    // On the loop's thread.
    static void cancel_connect(qry_call* call) noexcept;
};

}  // namespace qry::postgresql
