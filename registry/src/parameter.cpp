#include <qry/registry/parameter.hpp>

#include <algorithm>
#include <utility>

#include "near.hpp"
#include "value.hpp"

namespace qry::registry {

namespace {

const parameter* find_in(const std::vector<parameter>& parameters, const std::string& name) {
    const auto found = std::find_if(parameters.begin(), parameters.end(), [&](const parameter& p) {
        return p.name == name;
    });
    return found == parameters.end() ? nullptr : &*found;
}

class validation {
public:
    validation(
        const parameter_schema& schema,
        const std::map<std::string, std::string>& params,
        const std::set<std::string>& secrets
    )
        : schema_(schema), params_(params), secrets_(secrets) {}

    validated run() && {
        for (const parameter& p : schema_.parameters)
            check(p);
        if (const parameter_variant* chosen = variant()) {
            for (const parameter& p : chosen->parameters)
                check(p);
        }
        for (const auto& [name, value] : params_) {
            if (applies_.count(name) == 0) stray(name);
        }
        for (const std::string& name : secrets_) {
            if (applies_.count(name) == 0 && params_.count(name) == 0) stray(name);
        }
        return std::move(out_);
    }

private:
    void problem(const std::string& name, std::string message, std::string hint) {
        out_.problems.push_back({name, std::move(message), std::move(hint)});
    }

    // The variant that the discriminator's value, given or default, selects.
    [[nodiscard]] const parameter_variant* variant() const {
        const auto value = out_.values.find(schema_.discriminator);
        if (value == out_.values.end()) return nullptr;
        for (const parameter_variant& v : schema_.variants) {
            if (v.value == value->second) return &v;
        }
        return nullptr;
    }

    void check(const parameter& p) {
        applies_.insert(p.name);
        const auto given = params_.find(p.name);
        if (p.secret) return check_secret(p, given != params_.end());
        if (secrets_.count(p.name) != 0) {
            problem(
                p.name,
                "parameter '" + p.name + "' is given as a secret; expected a plain parameter",
                "give it among the parameters; only what is marked secret is stored encrypted"
            );
        } else if (given != params_.end()) {
            check_value(p, given->second);
        } else if (p.default_value) {
            out_.values[p.name] = *p.default_value;
        } else if (p.required) {
            missing(p);
        }
    }

    void check_secret(const parameter& p, bool given_as_plain) {
        if (given_as_plain) {
            problem(
                p.name,
                "parameter '" + p.name + "' is a secret; it was given as a plain parameter",
                "give it as a secret, so that it is stored encrypted and never shown"
            );
        } else if (p.required && secrets_.count(p.name) == 0) {
            missing(p);
        }
    }

    void check_value(const parameter& p, const std::string& value) {
        if (p.required && value.empty()) return missing(p);
        auto text = canonical(p, value);
        if (text) {
            out_.values[p.name] = std::move(*text);
        } else {
            problem(p.name, std::move(text.error().message), std::move(text.error().hint));
        }
    }

    void missing(const parameter& p) {
        std::string expected = p.secret ? "a secret" : "a " + std::string(type_name(p.type));
        if (p.type == parameter_type::integer) expected = "an integer";
        if (!p.enumeration.empty()) expected = "one of " + join(p.enumeration);
        const char* what = params_.count(p.name) != 0 ? " is empty" : " is missing";
        problem(
            p.name, "parameter '" + p.name + "'" + what + "; expected " + expected, p.description
        );
    }

    // A name that nothing asked for. Its value is not quoted: it may be a mistyped secret's.
    void stray(const std::string& name) {
        if (find(schema_, name) != nullptr) {
            // The discriminator itself is wrong: what belongs to it cannot be judged yet.
            const auto chosen = out_.values.find(schema_.discriminator);
            if (chosen == out_.values.end()) return;
            return problem(
                name,
                "parameter '" + name + "' does not apply when '" + schema_.discriminator +
                    "' is '" + chosen->second + "'",
                "remove it, or set '" + schema_.discriminator + "' to " + homes_of(name)
            );
        }
        std::vector<std::string> known(applies_.begin(), applies_.end());
        problem(
            name,
            "there is no parameter '" + name + "'",
            known.empty() ? "this driver has no parameters" : suggest(name, known)
        );
    }

    // "'a' or 'b'": the discriminator's values under which the parameter exists.
    [[nodiscard]] std::string homes_of(const std::string& name) const {
        std::string out;
        for (const parameter_variant& v : schema_.variants) {
            if (find_in(v.parameters, name) == nullptr) continue;
            out += (out.empty() ? "'" : " or '") + v.value + "'";
        }
        return out;
    }

    const parameter_schema& schema_;
    const std::map<std::string, std::string>& params_;
    const std::set<std::string>& secrets_;
    validated out_;
    std::set<std::string> applies_;
};

}  // namespace

validated validate(
    const parameter_schema& schema,
    const std::map<std::string, std::string>& params,
    const std::set<std::string>& secrets
) {
    return validation(schema, params, secrets).run();
}

const char* type_name(parameter_type type) noexcept {
    switch (type) {
        case parameter_type::string:
            return "string";
        case parameter_type::integer:
            return "integer";
        case parameter_type::number:
            return "number";
        case parameter_type::boolean:
            return "boolean";
        case parameter_type::duration:
            return "duration";
    }
    return "string";
}

const parameter* find(const parameter_schema& schema, const std::string& name) {
    if (const parameter* common = find_in(schema.parameters, name)) return common;
    for (const parameter_variant& variant : schema.variants) {
        if (const parameter* own = find_in(variant.parameters, name)) return own;
    }
    return nullptr;
}

}  // namespace qry::registry
