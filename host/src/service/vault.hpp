// Where stored secrets are sealed and opened: the keys, and the registry's word on which key it
// was sealed with.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <qry/host.hpp>

#include "credential/key_ring.hpp"
#include "store/store.hpp"

namespace qry::service {

// Store thread only.
class vault {
public:
    // key, previous: nullopt and empty mean those of the environment.
    vault(store::store& registry, std::optional<secret> key, std::vector<secret> previous);

    // Tokens for the secrets given; an empty secret removes the one that is stored. Refused when
    // the key is not one that the registry was sealed with: nobody could open both.
    [[nodiscard]] result<store::token_changes> seal(const std::map<std::string, secret>& secrets);
    // All secrets of a datasource. One that does not open: "Could not decrypt credentials.".
    [[nodiscard]] result<std::map<std::string, secret>> open(
        const std::string& id, const std::string& name
    );
    // Which rows open with which key; reseals what an older key opened, one row at a time, so that
    // it can be stopped and begun again anywhere.
    [[nodiscard]] result<secrets_report> check(rotate_mode mode);
    // That the registry's key check opens. Fine when it has none yet, or there is no key to try.
    [[nodiscard]] result<void> check_key();
    [[nodiscard]] const credential::key_ring& keys() const noexcept { return keys_; }

private:
    [[nodiscard]] result<void> ensure_key_check();
    [[nodiscard]] result<void> reseal_key_check();

    store::store& registry_;
    credential::key_ring keys_;
};

}  // namespace qry::service
