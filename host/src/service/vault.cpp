#include "service/vault.hpp"

#include "credential/key_check.hpp"

namespace qry::service {

namespace {

error key_changed(error why) {
    why.message = "JWT_SECRET_KEY has changed: it does not open what this registry was sealed with";
    why.hint =
        "set JWT_SECRET_KEY to the key the secrets were stored with (the same on every cluster "
        "that shares them), or list it in JWT_SECRET_KEY_PREVIOUS and run 'qry-host secrets "
        "rotate'; nothing was changed";
    return why;
}

}  // namespace

vault::vault(store::store& registry, std::optional<secret> key, std::vector<secret> previous)
    : registry_(registry), keys_(credential::key_ring::from(std::move(key), std::move(previous))) {}

result<void> vault::check_key() {
    if (!keys_.usable()) return {};
    auto token = registry_.key_check();
    if (!token) return std::move(token).error();
    if (!*token) return {};
    auto with = credential::verify_key_check(keys_, **token);
    if (!with) return key_changed(std::move(with).error());
    return {};
}

result<void> vault::ensure_key_check() {
    auto token = registry_.key_check();
    if (!token) return std::move(token).error();
    if (!*token) {
        auto made = credential::make_key_check(keys_);
        if (!made) return std::move(made).error();
        auto stored = registry_.put_key_check(*made);
        if (!stored) return std::move(stored).error();
        token = std::optional<std::string>(std::move(*stored));
    }
    auto with = credential::verify_key_check(keys_, **token);
    if (with) return {};
    // A key that never sealed anything may be replaced; one that did may not.
    auto sealed = registry_.all_tokens();
    if (!sealed) return std::move(sealed).error();
    if (!sealed->empty()) return key_changed(std::move(with).error());
    auto made = credential::make_key_check(keys_);
    if (!made) return std::move(made).error();
    auto swapped = registry_.replace_key_check(**token, *made);
    if (!swapped) return std::move(swapped).error();
    if (!*swapped) return check_key();
    return {};
}

result<store::token_changes> vault::seal(const std::map<std::string, secret>& secrets) {
    store::token_changes tokens;
    for (const auto& [name, text] : secrets) {
        if (text.empty()) {
            tokens[name] = std::nullopt;
            continue;
        }
        auto token = keys_.seal(text);
        if (!token) return std::move(token).error();
        if (auto ready = ensure_key_check(); !ready) return std::move(ready).error();
        tokens[name] = std::move(*token);
    }
    return tokens;
}

result<std::map<std::string, secret>> vault::open(const std::string& id, const std::string& name) {
    auto rows = registry_.tokens(id);
    if (!rows) return std::move(rows).error();
    std::map<std::string, secret> secrets;
    for (const auto& row : *rows) {
        auto opened = keys_.open(row.token);
        if (!opened) {
            error why = std::move(opened).error();
            why.datasource = name;
            why.parameter = row.name;
            return why;
        }
        secrets[row.name] = std::move(opened->text);
    }
    return secrets;
}

result<secrets_report> vault::check(rotate_mode mode) {
    auto rows = registry_.all_tokens();
    if (!rows) return std::move(rows).error();
    if (mode == rotate_mode::reseal && !keys_.usable()) {
        auto why = keys_.seal(secret("x"));
        return std::move(why).error();
    }
    secrets_report report;
    for (const auto& row : *rows) {
        auto opened = keys_.open(row.token);
        secrets_report::row line{row.datasource_name, row.name, {}};
        if (opened) line.key = credential::key_ring::key_name(opened->key);
        if (opened && opened->key != 0 && mode == rotate_mode::reseal) {
            auto token = keys_.seal(opened->text);
            if (!token) return std::move(token).error();
            // False: somebody stored another secret meanwhile, with a key of his own choice.
            auto swapped = registry_.replace_token(row.datasource_id, row.name, row.token, *token);
            if (!swapped) return std::move(swapped).error();
            if (*swapped) {
                ++report.resealed;
                line.key = credential::key_ring::key_name(0);
            }
        }
        report.rows.push_back(std::move(line));
    }
    if (mode == rotate_mode::reseal) {
        if (auto done = reseal_key_check(); !done) return std::move(done).error();
    }
    return report;
}

result<void> vault::reseal_key_check() {
    auto token = registry_.key_check();
    if (!token) return std::move(token).error();
    if (!*token) return {};
    auto with = credential::verify_key_check(keys_, **token);
    if (!with) return key_changed(std::move(with).error());
    if (*with == 0) return {};
    auto made = credential::make_key_check(keys_);
    if (!made) return std::move(made).error();
    auto swapped = registry_.replace_key_check(**token, *made);
    if (!swapped) return std::move(swapped).error();
    return {};
}

}  // namespace qry::service
