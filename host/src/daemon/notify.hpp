// Telling systemd how far the service is, as sd_notify(3) describes it.
#pragma once

#include <string_view>

namespace qry::daemon {

// "READY=1", "STOPPING=1". Nothing happens where $NOTIFY_SOCKET names no socket.
void notify_manager(std::string_view state) noexcept;

}  // namespace qry::daemon
