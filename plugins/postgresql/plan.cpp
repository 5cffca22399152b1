#include "plan.hpp"

#include <algorithm>

#include "dialect.hpp"

namespace qry::postgresql {

namespace {

using arrow::data_type;
using arrow::time_unit;
using arrow::type_id;

value_plan scalar(value_form form, data_type type, std::string logical = {}) {
    value_plan p;
    p.form = form;
    p.type = std::move(type);
    p.logical = std::move(logical);
    return p;
}

value_plan as_text(std::string logical = {}) {
    value_plan p = scalar(value_form::text, type_id::utf8, std::move(logical));
    p.binary = false;
    return p;
}

value_plan exact_text() {
    return scalar(value_form::numeric, type_id::utf8, "decimal");
}

value_plan decimal(int precision, int scale) {
    return scalar(
        value_form::numeric,
        precision <= 38 ? data_type::decimal128(precision, scale)
                        : data_type::decimal256(precision, scale)
    );
}

value_plan plan_numeric(std::int32_t modifier, const decode_options& how) {
    const auto declared = read_numeric_modifier(modifier);
    if (declared) {
        // numeric(5,-2) has seven digits before the point, numeric(3,5) five behind it.
        const int scale = std::max(0, declared->scale);
        const int precision = std::max(declared->precision, scale) + std::max(0, -declared->scale);
        if (precision > 76) return exact_text();
        return decimal(precision, scale);
    }
    switch (how.numeric.how) {
        case numeric_mode::kind::text:
            return exact_text();
        case numeric_mode::kind::floating:
            return scalar(value_form::numeric, type_id::float64);
        case numeric_mode::kind::decimal:
            return decimal(how.numeric.precision, how.numeric.scale);
    }
    return exact_text();
}

value_plan plan_base(oid which, std::int32_t modifier, const decode_options& how) {
    switch (which) {
        case type::boolean:
            return scalar(value_form::boolean, type_id::boolean);
        case type::int2:
            return scalar(value_form::int16, type_id::int16);
        case type::int4:
            return scalar(value_form::int32, type_id::int32);
        case type::int8:
            return scalar(value_form::int64, type_id::int64);
        case type::object_id:
        case type::xid:
        case type::cid:
            return scalar(value_form::uint32, type_id::uint32);
        case type::xid8:
            return scalar(value_form::uint64, type_id::uint64);
        case type::float4:
            return scalar(value_form::float32, type_id::float32);
        case type::float8:
            return scalar(value_form::float64, type_id::float64);
        case type::numeric:
            return plan_numeric(modifier, how);
        case type::text:
        case type::varchar:
        case type::bpchar:
        case type::name:
        case type::unknown:
        case type::xml:
            return scalar(value_form::text, type_id::utf8);
        case type::json:
            return scalar(value_form::text, type_id::utf8, "json");
        case type::jsonb:
            return scalar(value_form::jsonb, type_id::utf8, "json");
        case type::bytea:
            return scalar(value_form::bytes, type_id::binary);
        case type::uuid:
            return scalar(value_form::uuid, type_id::utf8, "uuid");
        case type::date:
            return scalar(value_form::date, type_id::date32);
        case type::time:
            return scalar(value_form::time, data_type::time64(time_unit::micro));
        case type::timetz:
            return scalar(value_form::time_tz, type_id::utf8, "time_tz");
        case type::timestamp:
            return scalar(value_form::timestamp, data_type::timestamp(time_unit::micro));
        case type::timestamptz:
            return scalar(value_form::timestamp, data_type::timestamp(time_unit::micro, "UTC"));
        case type::interval:
            return scalar(value_form::interval, type_id::interval_month_day_nano, "interval");
        case type::inet:
        case type::cidr:
            return scalar(value_form::network, type_id::utf8);
        case type::macaddr:
        case type::macaddr8:
            return scalar(value_form::hardware_address, type_id::utf8);
        case type::bit:
        case type::varbit:
            return scalar(value_form::bits, type_id::utf8);
        default:
            return as_text();
    }
}

arrow::field child_field(const std::string& name, const value_plan& p) {
    arrow::field f{.name = name, .type = p.type};
    f.metadata.emplace_back(QRY_META_TYPE, p.database_type);
    if (!p.logical.empty()) f.metadata.emplace_back(QRY_META_LOGICAL, p.logical);
    return f;
}

class planner {
public:
    planner(const type_catalog& catalog, const decode_options& how)
        : catalog_(catalog), how_(how) {}

    value_plan plan(oid which, std::int32_t modifier, int depth) const {
        value_plan p = shape(which, modifier, depth);
        p.infinity = how_.infinity;
        p.database_type = catalog_.display_name(which, modifier);
        return p;
    }

private:
    value_plan shape(oid which, std::int32_t modifier, int depth) const {
        const type_shape* known = catalog_.find(which);
        if (known == nullptr || depth > 16) return as_text();
        if (known->element != 0) return plan_array(*known, modifier, depth);
        if (known->kind == 'd' && known->base != 0) {
            return plan(known->base, known->base_modifier, depth + 1);
        }
        if (known->kind == 'e') return scalar(value_form::text, type_id::utf8, "enum");
        if (known->kind == 'c' && !known->fields.empty()) return plan_composite(*known, depth);
        return plan_base(which, modifier, how_);
    }

    // An array has the modifier of its items: numeric(10,2)[].
    value_plan plan_array(const type_shape& known, std::int32_t modifier, int depth) const {
        // The one type whose array text is not separated by commas.
        constexpr oid box = 603;
        if (known.element == box) return as_text();
        value_plan item = plan(known.element, modifier, depth + 1);
        value_plan p;
        p.form = value_form::array;
        if (!item.binary) {
            p.form = value_form::text_array;
            p.binary = false;
            item.form = value_form::text;
            item.type = type_id::utf8;
            item.children.clear();
        }
        p.type = data_type::list(child_field("item", item));
        p.child_types = {known.element};
        p.children.push_back(std::move(item));
        return p;
    }

    value_plan plan_composite(const type_shape& known, int depth) const {
        value_plan p;
        p.form = value_form::composite;
        std::vector<arrow::field> fields;
        for (const composite_field& f : known.fields) {
            value_plan field = plan(f.type, f.type_modifier, depth + 1);
            // One field without a binary form here makes text of the whole.
            if (!field.binary) return as_text();
            fields.push_back(child_field(f.name, field));
            p.child_types.push_back(f.type);
            p.children.push_back(std::move(field));
        }
        p.type = data_type::structure(std::move(fields));
        return p;
    }

    const type_catalog& catalog_;
    const decode_options& how_;
};

}  // namespace

value_plan plan_value(
    const type_catalog& catalog, oid which, std::int32_t modifier, const decode_options& how
) {
    return planner(catalog, how).plan(which, modifier, 0);
}

std::vector<column_plan> plan_columns(
    const dialect& speaks,
    const type_catalog& catalog,
    const std::vector<column_description>& columns,
    const decode_options& how
) {
    std::vector<column_plan> plans;
    plans.reserve(columns.size());
    for (const column_description& c : columns) {
        plans.push_back({c.name, speaks.plan(catalog, c.type, c.type_modifier, how)});
    }
    return plans;
}

std::vector<arrow::field> fields_of(const std::vector<column_plan>& columns) {
    std::vector<arrow::field> fields;
    fields.reserve(columns.size());
    for (const column_plan& c : columns)
        fields.push_back(child_field(c.name, c.value));
    return fields;
}

}  // namespace qry::postgresql
