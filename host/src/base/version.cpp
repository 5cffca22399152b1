#include <qry/host.hpp>

namespace qry {

const char* version() noexcept {
    return QRY_HOST_VERSION;
}

}  // namespace qry
