#include "dialect.hpp"

namespace qry::postgresql {

namespace {

class postgresql_dialect final : public dialect {
public:
    std::string_view driver() const noexcept override { return "postgresql"; }

    bool describes_types() const noexcept override { return true; }
    value_plan plan(
        const type_catalog& types, oid which, std::int32_t modifier, const decode_options& how
    ) const override {
        return plan_value(types, which, modifier, how);
    }

    std::string reset_sql(bool prepared) const override {
        std::string sql =
            "SELECT pg_catalog.pg_advisory_unlock_all();CLOSE ALL;UNLISTEN *;"
            "SET SESSION AUTHORIZATION DEFAULT;RESET ALL;DISCARD TEMP;DISCARD SEQUENCES";
        if (prepared) sql += ";DEALLOCATE ALL";
        return sql;
    }
    bool stains(std::string_view) const noexcept override { return false; }

    std::string_view catalog_begin() const noexcept override {
        return "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
    }
    std::string catalog_query(const qry_introspect_request& request) const override {
        return postgresql::catalog_query(request);
    }
    catalog_columns catalog_plan(std::int32_t part) const override {
        return postgresql::catalog_plan(part);
    }
    std::unique_ptr<decoder> make_arrow_name_decoder(
        arrow::column_builder& column,
        decode_problem& problem,
        const type_catalog& types,
        const decode_options& how
    ) const override {
        return postgresql::make_arrow_name_decoder(column, problem, types, how);
    }
};

}  // namespace

std::shared_ptr<const dialect> make_postgresql_dialect() {
    static const auto only = std::make_shared<const postgresql_dialect>();
    return only;
}

}  // namespace qry::postgresql
