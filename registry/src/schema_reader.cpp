#include "schema_reader.hpp"

#include <algorithm>
#include <set>

#include "near.hpp"
#include "value.hpp"

namespace qry::registry {

namespace {

constexpr parameter_type all_types[] = {
    parameter_type::string,
    parameter_type::integer,
    parameter_type::number,
    parameter_type::boolean,
    parameter_type::duration};

bool plain_name(const std::string& name) {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    if (name.empty() || name.size() > 64 || !(letter(name.front()) || name.front() == '_')) {
        return false;
    }
    return std::all_of(name.begin(), name.end(), [&](char c) {
        return letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == ':';
    });
}

parameter_type read_type(const json_node& node) {
    const std::string word = node.text();
    std::vector<std::string> known;
    for (const parameter_type type : all_types) {
        if (word == type_name(type)) return type;
        known.emplace_back(type_name(type));
    }
    node.fail("is '" + word + "'; expected one of " + join(known), suggest(word, known));
    return parameter_type::string;
}

void read_enumeration(const json_node& node, parameter& p) {
    std::set<std::string> seen;
    parameter bare = p;
    bare.secret = false;
    node.each_element([&](const json_node& element) {
        const auto value = canonical(bare, element.scalar());
        if (!value) return element.fail("is no value of type " + std::string(type_name(p.type)));
        if (!seen.insert(*value).second) return element.fail("repeats '" + *value + "'");
        p.enumeration.push_back(*value);
    });
    if (p.enumeration.empty()) node.fail("is empty; expected at least one value");
}

void read_pattern(const json_node& node, parameter& p) {
    p.pattern_error = node.text_or("pattern_error", "");
    const auto pattern = node.find("pattern");
    if (!pattern) {
        if (!p.pattern_error.empty()) node.fail("has a pattern_error but no pattern");
        return;
    }
    p.pattern = pattern->text();
    if (p.type != parameter_type::string) {
        pattern->fail("stands at a parameter of type " + std::string(type_name(p.type)));
    }
    const std::string defect = pattern_defect(p.pattern);
    if (!defect.empty()) {
        pattern->fail("is no RE2 expression: " + defect, "see the syntax page of RE2");
        // Not to be met again when the default is checked.
        p.pattern.clear();
    }
}

void read_range(const json_node& node, parameter& p) {
    p.minimum = node.optional_integer("minimum");
    p.maximum = node.optional_integer("maximum");
    if (!p.minimum && !p.maximum) return;
    if (p.type == parameter_type::string || p.type == parameter_type::boolean) {
        node.fail("has a range but is of type " + std::string(type_name(p.type)));
    }
    if (p.minimum && p.maximum && *p.minimum > *p.maximum) {
        node.fail("has a minimum above its maximum");
    }
}

void read_default(const json_node& node, parameter& p) {
    const auto given = node.find("default");
    if (!given) return;
    if (p.secret) return given->fail("stands at a secret; a secret has no default");
    const auto value = canonical(p, given->scalar());
    if (value) {
        p.default_value = *value;
    } else {
        given->fail("is not valid: " + value.error().message, value.error().hint);
    }
}

parameter read_parameter(const std::string& name, const json_node& node) {
    node.expect_object(
        {"type",
         "title",
         "description",
         "default",
         "enum",
         "pattern",
         "pattern_error",
         "minimum",
         "maximum",
         "secret",
         "multiline",
         "file",
         "group",
         "order"}
    );
    parameter p;
    p.name = name;
    if (!plain_name(name)) {
        node.fail("is no parameter name; expected a letter, then letters, digits and _ - . :");
    }
    p.type = read_type(node.member("type"));
    p.title = node.text_or("title", "");
    p.description = node.text_or("description", "");
    p.secret = node.boolean_or("secret", false);
    p.multiline = node.boolean_or("multiline", false);
    p.file = node.boolean_or("file", false);
    p.group = node.text_or("group", "");
    p.order = static_cast<int>(
        std::clamp<std::int64_t>(node.optional_integer("order").value_or(0), -10000, 10000)
    );
    if ((p.multiline || p.file) && p.type != parameter_type::string) {
        node.fail("is multiline or a file but of type " + std::string(type_name(p.type)));
    }
    read_range(node, p);
    if (const auto values = node.find("enum")) read_enumeration(*values, p);
    read_pattern(node, p);
    read_default(node, p);
    return p;
}

void sort_by_order(std::vector<parameter>& parameters) {
    // Stable: the manifest's own order decides where "order" does not.
    std::stable_sort(
        parameters.begin(),
        parameters.end(),
        [](const parameter& a, const parameter& b) { return a.order < b.order; }
    );
}

void read_required(const json_node& node, std::vector<parameter>& parameters) {
    const auto required = node.find("required");
    if (!required) return;
    std::vector<std::string> names;
    for (const parameter& p : parameters)
        names.push_back(p.name);
    required->each_element([&](const json_node& element) {
        const std::string name = element.text();
        const auto found = std::find(names.begin(), names.end(), name);
        if (found == names.end()) {
            return element.fail("names '" + name + "', which is no property", suggest(name, names));
        }
        parameters[static_cast<std::size_t>(found - names.begin())].required = true;
    });
}

// One alternative; notes the name of its discriminator in `discriminator`.
parameter_variant read_variant(const json_node& node, std::string& discriminator) {
    node.expect_object({"title", "description", "properties", "required"});
    parameter_variant out;
    out.title = node.text_or("title", "");
    bool chosen = false;
    node.member("properties").each_member([&](const std::string& name, const json_node& property) {
        const auto constant = property.find("const");
        if (!constant) return out.parameters.push_back(read_parameter(name, property));
        property.expect_object({"const"});
        if (chosen || (!discriminator.empty() && discriminator != name)) {
            return property.fail("is a second discriminator; expected one for the whole oneOf");
        }
        chosen = true;
        discriminator = name;
        out.value = constant->text();
    });
    if (!chosen) node.fail("has no property with a const; expected the discriminator");
    // "required" may name the discriminator too, as a JSON Schema of this form must.
    parameter stand_in;
    stand_in.name = discriminator;
    out.parameters.push_back(stand_in);
    read_required(node, out.parameters);
    out.parameters.pop_back();
    sort_by_order(out.parameters);
    return out;
}

// A name must mean one thing: it may be in several variants, but not with another nature.
void check_names(const json_node& node, const parameter_schema& schema) {
    std::vector<const parameter*> seen;
    for (const parameter& p : schema.parameters)
        seen.push_back(&p);
    const std::size_t common = seen.size();
    for (const parameter_variant& variant : schema.variants) {
        for (const parameter& p : variant.parameters) {
            const auto other = std::find_if(seen.begin(), seen.end(), [&](const parameter* q) {
                return q->name == p.name;
            });
            if (other == seen.end()) {
                seen.push_back(&p);
            } else if (static_cast<std::size_t>(other - seen.begin()) < common) {
                node.fail("gives '" + p.name + "' again, which is a common property");
            } else if ((*other)->secret != p.secret || (*other)->type != p.type) {
                node.fail("gives '" + p.name + "' twice, with another type or secrecy");
            }
        }
    }
}

void check_discriminator(const json_node& node, const parameter_schema& schema) {
    const auto found =
        std::find_if(schema.parameters.begin(), schema.parameters.end(), [&](const parameter& p) {
            return p.name == schema.discriminator;
        });
    if (found == schema.parameters.end()) {
        return node.fail(
            "chooses by '" + schema.discriminator + "', which is no common property",
            "declare it under properties, with the values as its enum"
        );
    }
    if (found->secret) return node.fail("chooses by a secret");
    std::set<std::string> values;
    for (const parameter_variant& variant : schema.variants) {
        if (!values.insert(variant.value).second) {
            node.fail("has the value '" + variant.value + "' twice");
        }
    }
    const std::set<std::string> allowed(found->enumeration.begin(), found->enumeration.end());
    if (values != allowed) {
        node.fail(
            "covers the values " + join(std::vector<std::string>(values.begin(), values.end())) +
            " but the enum of '" + schema.discriminator + "' is " + join(found->enumeration)
        );
    }
}

}  // namespace

parameter_schema read_schema(const json_node& node) {
    node.expect_object(
        {"$schema",
         "type",
         "title",
         "description",
         "properties",
         "required",
         "oneOf",
         "additionalProperties"}
    );
    if (const auto type = node.find("type"); type && type->text() != "object") {
        type->fail("is '" + type->text() + "'; expected object");
    }
    if (const auto more = node.find("additionalProperties"); more && more->boolean()) {
        more->fail("is true; parameters are an allow-list, so only false can be said");
    }
    parameter_schema out;
    if (const auto properties = node.find("properties")) {
        properties->each_member([&](const std::string& name, const json_node& property) {
            out.parameters.push_back(read_parameter(name, property));
        });
    }
    read_required(node, out.parameters);
    sort_by_order(out.parameters);
    if (const auto variants = node.find("oneOf")) {
        variants->each_element([&](const json_node& variant) {
            out.variants.push_back(read_variant(variant, out.discriminator));
        });
        if (out.variants.empty()) variants->fail("is empty; expected at least one alternative");
        check_discriminator(*variants, out);
        check_names(*variants, out);
    }
    return out;
}

}  // namespace qry::registry
