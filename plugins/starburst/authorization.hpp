// What goes into the authorization header, by the login that was chosen.
#pragma once

#include <qry/kit/http/client.hpp>
#include <qry/loop.hpp>

#include "options.hpp"

namespace qry::starburst {

// Empty when requests carry none. `by` fetches tokens, too, and must outlive what is returned;
// takes the secrets out of `options`.
[[nodiscard]] http::authorizer make_authorizer(
    loop_ref loop, http::client& by, connect_options& options
);

}  // namespace qry::starburst
