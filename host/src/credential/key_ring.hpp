// The keys that stored secrets are sealed with: one current, and older ones that still open.
//
// Making a ring never fails, for a key is needed only once a secret is stored or opened; what is
// wrong with the keys is said then. Immutable afterwards, hence thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fernet.hpp"

#include <qry/result.hpp>
#include <qry/secret.hpp>

namespace qry::credential {

// The text that a token which does not open answers with, always.
inline constexpr std::string_view could_not_decrypt = "Could not decrypt credentials.";

// Time and initialisation vector of new tokens; replaced in tests only.
struct seal_inputs {
    std::function<std::uint64_t()> unix_seconds;
    std::function<bool(fernet_iv&)> random_iv;
};

using environment = std::function<const char*(const char* name)>;

struct opened {
    secret text;
    // 0 = the current key, 1 = the newest previous one, …
    std::size_t key = 0;
};

class key_ring {
public:
    // What is given wins; what is not (nullopt, an empty list) is read from `env`:
    // JWT_SECRET_KEY, and JWT_SECRET_KEY_PREVIOUS with one key a line, newest first. SECRET_KEY is
    // looked at only to say that it is not read. An empty `env` reads the process's environment.
    [[nodiscard]] static key_ring from(
        std::optional<secret> current,
        std::vector<secret> previous,
        const environment& env = {},
        seal_inputs inputs = {}
    );

    // Whether a secret can be sealed and opened at all.
    [[nodiscard]] bool usable() const noexcept { return !keys_.empty(); }
    // credential_error, saying why there is no key, when not usable().
    [[nodiscard]] result<std::string> seal(const secret& text) const;
    // credential_error with the text `could_not_decrypt` and a hint that names the likely cause.
    // The caller fills in the datasource.
    [[nodiscard]] result<opened> open(std::string_view token) const;

    // Current and previous keys, without doubles.
    [[nodiscard]] std::size_t size() const noexcept { return keys_.size(); }
    // "current", "previous 1", …
    [[nodiscard]] static std::string key_name(std::size_t index);
    // What an operator should know though it works: a short key, white space at its end.
    [[nodiscard]] const std::vector<std::string>& warnings() const noexcept { return warnings_; }

private:
    struct entry {
        fernet_key key;
        // Kept to find out whether white space at its end makes the difference.
        secret passphrase;
        std::string name;
    };
    key_ring() = default;
    void add(secret passphrase, const std::string& name);
    [[nodiscard]] std::string advice_for(std::string_view token) const;

    std::vector<entry> keys_;
    // Why there is no key; for !usable().
    std::string no_key_;
    std::string no_key_hint_;
    std::vector<std::string> warnings_;
    seal_inputs inputs_;
};

}  // namespace qry::credential
