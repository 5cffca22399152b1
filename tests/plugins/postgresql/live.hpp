// What the tests against a server share.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <qry/conformance/session.hpp>
#include <qry/kit/arrow/type.hpp>

#include "server.hpp"

namespace qry::test {

using session_ptr = std::unique_ptr<conformance::session>;

// The plugin under test, loaded once.
const conformance::loaded_plugin& plugin();
// On the shared server; `changes` to its parameters.
conformance::datasource shared_source(const std::map<std::string, std::string>& changes = {});
// A session there; throws what went wrong.
session_ptr connect(const std::map<std::string, std::string>& changes = {});
// Throws the error as text when there is one.
conformance::table must(result<conformance::table> t);
void must(result<void> r);

// All rows as "{a: 1, …}", batch after batch.
std::vector<std::string> rows_of(const conformance::table& t);
// The only cell of the only row, as format_cell shows it; "null" for NULL.
std::string cell(conformance::session& s, const std::string& sql);
// "int32", and "int32 [decimal]" where QRY_META_LOGICAL says more.
std::string type_of(conformance::session& s, const std::string& sql);
// The error of a statement that must fail.
error failure(conformance::session& s, const std::string& sql);
// Arguments: one field a value, built by hand.
conformance::statement with_argument(
    const std::string& sql, const arrow::data_type& type, const std::string& value
);
// Nothing was done that the ABI forbids, and no buffer is left.
void check_rules(conformance::session& s);

}  // namespace qry::test
