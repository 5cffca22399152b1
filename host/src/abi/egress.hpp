// Where drivers may connect to: the host's side of qry.egress/1.
#pragma once

#include <qry/ext/egress.h>

namespace qry::abi {

// By the policy in this process's QRY_EGRESS_ALLOW, read once; what is malformed allows nothing
// more than the default, since the host has refused to start with it.
[[nodiscard]] const qry_ext_egress& egress() noexcept;

}  // namespace qry::abi
