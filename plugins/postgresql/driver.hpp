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

// A connect or test in flight, findable by its call so that it can be interrupted. The look-up is
// guarded, because several loops may connect at a time; the waiter itself belongs to one.
class pending_connect {
public:
    pending_connect(qry_call* call, waiter& place);
    pending_connect(const pending_connect&) = delete;
    pending_connect& operator=(const pending_connect&) = delete;
    ~pending_connect();

    static void interrupt(qry_call* call) noexcept;

private:
    qry_call* call_;
};

}  // namespace qry::postgresql
