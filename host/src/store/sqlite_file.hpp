// What has to be right about a registry's file before SQLite sees it.
#pragma once

#include <string>

#include <qry/result.hpp>

namespace qry::store {

// Creates missing parent folders (0700) and an empty file (0600), and makes sure that an existing
// one may be read and written. Never opens the file: closing a descriptor would drop the locks that
// SQLite holds on it elsewhere in this process.
[[nodiscard]] result<void> prepare_file(const std::string& path);

}  // namespace qry::store
