#include "live.hpp"

#include <catch2/catch.hpp>

#include <qry/kit/arrow/array_view.hpp>
#include <qry/kit/arrow/batch_builder.hpp>
#include <qry/kit/arrow/binary_builder.hpp>
#include <qry/kit/arrow/fixed_builder.hpp>
#include <qry/kit/arrow/validate.hpp>

#include <stdexcept>

namespace qry::test {

namespace {

std::string words(const error& e) {
    return e.message + " [" + e.sqlstate + "] " + e.hint;
}

}  // namespace

const conformance::loaded_plugin& plugin() {
    static const auto loaded = [] {
        auto p = conformance::loaded_plugin::load(QRY_TEST_PLUGIN);
        if (!p) throw std::runtime_error(words(p.error()));
        return std::move(*p);
    }();
    return loaded;
}

conformance::datasource shared_source(const std::map<std::string, std::string>& changes) {
    conformance::datasource where{.params = throwaway_server::shared().params()};
    for (const auto& [name, value] : changes) {
        if (name == "password" || name == "sslpassword") {
            where.secrets[name] = value;
        } else {
            where.params[name] = value;
        }
    }
    return where;
}

session_ptr connect(const std::map<std::string, std::string>& changes) {
    auto made = conformance::session::connect(plugin(), shared_source(changes));
    if (!made) throw std::runtime_error(words(made.error()));
    return std::move(*made);
}

conformance::table must(result<conformance::table> t) {
    if (!t) throw std::runtime_error(words(t.error()));
    return std::move(*t);
}

void must(result<void> r) {
    if (!r) throw std::runtime_error(words(r.error()));
}

std::vector<std::string> rows_of(const conformance::table& t) {
    std::vector<std::string> rows;
    for (const unique_array& batch : t.batches) {
        auto sound = arrow::validate(*t.schema, *batch);
        if (!sound) throw std::runtime_error(words(sound.error()));
        auto view = arrow::array_view::make(*t.schema, *batch);
        if (!view) throw std::runtime_error(words(view.error()));
        for (std::int64_t r = 0; r < view->length(); ++r) {
            rows.push_back(arrow::format_cell(*view, r));
        }
    }
    return rows;
}

std::string cell(conformance::session& s, const std::string& sql) {
    const conformance::table t = must(s.query(sql));
    must(s.reset());
    if (t.batches.size() != 1) throw std::runtime_error(sql + ": not one batch");
    auto sound = arrow::validate(*t.schema, *t.batches[0]);
    if (!sound) throw std::runtime_error(words(sound.error()));
    auto view = arrow::array_view::make(*t.schema, *t.batches[0]);
    if (!view) throw std::runtime_error(words(view.error()));
    if (view->length() != 1 || view->child_count() != 1) throw std::runtime_error("not one cell");
    return arrow::format_cell(view->child(0), 0);
}

std::string type_of(conformance::session& s, const std::string& sql) {
    const conformance::table t = must(s.query(sql));
    must(s.reset());
    auto field = arrow::import_field(*t.schema->children[0]);
    if (!field) throw std::runtime_error(words(field.error()));
    std::string out = field->type.name();
    for (const auto& [key, value] : field->metadata) {
        if (key == QRY_META_LOGICAL) out += " [" + value + "]";
    }
    return out;
}

error failure(conformance::session& s, const std::string& sql) {
    auto t = s.query(sql);
    if (t) throw std::runtime_error(sql + ": did not fail");
    must(s.reset());
    return std::move(t).error();
}

conformance::statement with_argument(
    const std::string& sql, const arrow::data_type& type, const std::string& value
) {
    const std::vector<arrow::field> fields{{.name = "a", .type = type}};
    arrow::batch_builder builder(fields, {}, {1, 1});
    if (type.id() == arrow::type_id::utf8 || type.id() == arrow::type_id::binary) {
        builder.column<arrow::binary_builder>(0).append(value);
    } else if (type.id() == arrow::type_id::float64) {
        builder.column<arrow::fixed_builder<double>>(0).append(std::stod(value));
    } else if (type.id() == arrow::type_id::boolean) {
        builder.column<arrow::bool_builder>(0).append(value == "true");
    } else if (type.id() == arrow::type_id::decimal128) {
        builder.column<arrow::fixed_builder<arrow::int128>>(0).append(std::stoll(value));
    } else if (type.id() == arrow::type_id::date32) {
        builder.column<arrow::fixed_builder<std::int32_t>>(0).append(std::stoi(value));
    } else if (type.id() == arrow::type_id::null) {
        builder.column(0).append_null();
    } else {
        builder.column<arrow::fixed_builder<std::int64_t>>(0).append(std::stoll(value));
    }
    builder.end_rows(1);
    return {.sql = sql, .args_schema = arrow::export_schema(fields), .args = builder.finish()};
}

void check_rules(conformance::session& s) {
    for (const auto& v : s.book().violations())
        FAIL_CHECK(v.rule << ": " << v.what);
    CHECK(s.memory()->live_buffers() == 0);
}

}  // namespace qry::test
