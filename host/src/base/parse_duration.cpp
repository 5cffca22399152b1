#include <qry/host.hpp>
#include <qry/kit/text/duration.hpp>

namespace qry {

result<duration> parse_duration(std::string_view text, std::string_view parameter) {
    return text::parse_duration(text, parameter);
}

}  // namespace qry
