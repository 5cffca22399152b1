// Takes secrets out of texts that come from drivers and servers.
//
// A driver's message may quote what it was given, as it was or re-encoded: percent-encoded in a
// URL, base64 in a header, escaped in JSON or in a connection string, cut off anywhere. So not the
// whole secret is looked for but any six characters in a row of any of its forms.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <qry/secret.hpp>

namespace qry::base {

// No fragment of this many characters survives.
inline constexpr std::size_t scrub_fragment = 6;

// Secrets shorter than a fragment are replaced where they stand in full; those of one or two
// characters only where nothing alphanumeric touches them.
[[nodiscard]] std::string scrub(
    std::string_view text, const std::map<std::string, secret>& secrets
);

}  // namespace qry::base
