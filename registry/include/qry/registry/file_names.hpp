// Parameters that name files: a relative name means one thing to who wrote it and another to the
// process that opens the file.
#pragma once

#include <map>
#include <string>

#include <qry/registry/parameter.hpp>

namespace qry::registry {

// Makes the relative names among `params` absolute, from the working directory of this process.
// Left alone: what begins with a colon (":memory:" is no file) or with "file:", and empty ones.
void make_absolute(const parameter_schema& schema, std::map<std::string, std::string>& params);

// The parameter that is relative; NULL when none is.
[[nodiscard]] const std::string* relative_file(
    const parameter_schema& schema, const std::map<std::string, std::string>& params
);

}  // namespace qry::registry
