// The table of services that plugins get (qry/host.h).
#pragma once

#include <qry/host.h>
#include <qry/version.h>

namespace qry::abi {

[[nodiscard]] const qry_host& host_services() noexcept;

}  // namespace qry::abi
