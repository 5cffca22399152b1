#include "dialect.hpp"

#include <map>

#include <qry/kit/arrow/binary_builder.hpp>

#include "catalog_queries.hpp"
#include "types.hpp"

namespace qry::redshift {

namespace {

// "numeric(12,2)" to "decimal128(12, 2)": worked out once for each spelling.
class arrow_name_decoder final : public postgresql::decoder {
public:
    arrow_name_decoder(
        arrow::column_builder& column, postgresql::decode_problem& problem, bool numeric_to_float
    )
        : decoder(column, problem),
          out_(static_cast<arrow::binary_builder&>(column)),
          numeric_to_float_(numeric_to_float) {}
    bool append(const std::uint8_t* data, std::uint32_t size) override {
        const std::string_view text(reinterpret_cast<const char*>(data), size);
        auto known = names_.find(text);
        if (known == names_.end()) {
            known = names_.emplace(text, arrow_name(text, numeric_to_float_)).first;
        }
        out_.append(known->second);
        return true;
    }

private:
    arrow::binary_builder& out_;
    const bool numeric_to_float_;
    std::map<std::string, std::string, std::less<>> names_;
};

class redshift_dialect final : public postgresql::dialect {
public:
    explicit redshift_dialect(dialect_options how) noexcept : how_(how) {}

    std::string_view driver() const noexcept override { return "redshift"; }

    // Nobody can make types; pg_type is that of PostgreSQL 8.
    bool describes_types() const noexcept override { return false; }
    postgresql::value_plan
    plan(const postgresql::type_catalog& types, postgresql::oid which, std::int32_t modifier, const postgresql::decode_options&)
        const override {
        return plan_value(types, which, modifier, how_.numeric_to_float);
    }

    std::string reset_sql(bool) const override {
        return "SET SESSION AUTHORIZATION DEFAULT;RESET ALL";
    }
    // There is no DISCARD: temporary tables, and what a user prepared by name, stay until the
    // session ends. CREATE TABLE is the tag of both kinds of table.
    bool stains(std::string_view tag) const noexcept override {
        return tag.starts_with("CREATE TABLE") || tag == "SELECT INTO" || tag == "PREPARE" ||
               tag.starts_with("DEALLOCATE");
    }

    std::string_view catalog_begin() const noexcept override { return {}; }
    std::string catalog_query(const qry_introspect_request& request) const override {
        return redshift::catalog_query(request, how_.this_database_only);
    }
    postgresql::catalog_columns catalog_plan(std::int32_t part) const override {
        return redshift::catalog_plan(part);
    }
    std::unique_ptr<postgresql::decoder>
    make_arrow_name_decoder(arrow::column_builder& column, postgresql::decode_problem& problem, const postgresql::type_catalog&, const postgresql::decode_options&)
        const override {
        return std::make_unique<arrow_name_decoder>(column, problem, how_.numeric_to_float);
    }

private:
    const dialect_options how_;
};

}  // namespace

std::shared_ptr<const postgresql::dialect> make_dialect(dialect_options how) {
    return std::make_shared<const redshift_dialect>(how);
}

}  // namespace qry::redshift
