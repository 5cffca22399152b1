#include "key_ring.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

namespace qry::credential {

namespace {

constexpr std::size_t short_key = 16;
constexpr std::string_view white_space = " \t\r\n";

std::string_view without_tail(std::string_view text) {
    const auto last = text.find_last_not_of(white_space);
    return last == std::string_view::npos ? std::string_view() : text.substr(0, last + 1);
}

std::optional<secret> from_variable(const environment& env, const char* name) {
    const char* text = env(name);
    if (text == nullptr) return std::nullopt;
    return secret{std::string_view(text)};
}

std::vector<secret> lines_of(const secret& text) {
    std::vector<secret> lines;
    std::string_view rest = text.reveal();
    while (!rest.empty()) {
        const auto end = rest.find('\n');
        std::string_view line = rest.substr(0, end);
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!line.empty()) lines.emplace_back(line);
        rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
    return lines;
}

seal_inputs completed(seal_inputs inputs) {
    if (!inputs.unix_seconds) {
        inputs.unix_seconds = [] {
            const auto now = std::chrono::system_clock::now().time_since_epoch();
            return static_cast<std::uint64_t>(
                std::chrono::duration_cast<std::chrono::seconds>(now).count()
            );
        };
    }
    if (!inputs.random_iv) {
        inputs.random_iv = [](fernet_iv& iv) {
            return RAND_bytes(iv.data(), static_cast<int>(iv.size())) == 1;
        };
    }
    return inputs;
}

error credential_failure(std::string message, std::string hint) {
    return {
        .kind = status::credential_error,
        .message = std::move(message),
        .hint = std::move(hint),
        .from = origin::host};
}

bool opens_with(std::string_view passphrase, std::string_view ending, std::string_view token) {
    std::string text;
    // Exactly enough, so that no copy of the passphrase stays behind in a buffer outgrown.
    text.reserve(passphrase.size() + ending.size());
    text.append(passphrase).append(ending);
    const secret candidate{text};
    wipe(text.data(), text.size());
    return !candidate.empty() && fernet_decrypt(fernet_key::derive(candidate), token).has_value();
}

}  // namespace

key_ring key_ring::from(
    std::optional<secret> current,
    std::vector<secret> previous,
    const environment& env,
    seal_inputs inputs
) {
    const environment lookup = env ? env : [](const char* name) { return std::getenv(name); };
    key_ring ring;
    ring.inputs_ = completed(std::move(inputs));
    if (!current) current = from_variable(lookup, "JWT_SECRET_KEY");
    if (previous.empty()) {
        if (const auto list = from_variable(lookup, "JWT_SECRET_KEY_PREVIOUS"))
            previous = lines_of(*list);
    }
    if (!current || current->empty()) {
        const char* other = lookup("SECRET_KEY");
        const bool misnamed = other != nullptr && *other != '\0';
        ring.no_key_ = current ? "JWT_SECRET_KEY is empty" : "JWT_SECRET_KEY is not set";
        if (misnamed) ring.no_key_ += "; SECRET_KEY is set, but it is not read: JWT_SECRET_KEY is";
        ring.no_key_hint_ = misnamed
                                ? "set JWT_SECRET_KEY to the key that stored secrets are sealed "
                                  "with; SECRET_KEY is never used for them"
                                : "set JWT_SECRET_KEY, to the same text on every cluster that "
                                  "shares these datasources";
        return ring;
    }
    ring.add(std::move(*current), "current");
    for (secret& key : previous) {
        if (!key.empty()) ring.add(std::move(key), key_name(ring.keys_.size()));
    }
    return ring;
}

void key_ring::add(secret passphrase, const std::string& name) {
    const std::string_view text = passphrase.reveal();
    const auto same = [&](const entry& e) { return e.passphrase.reveal() == text; };
    if (std::any_of(keys_.begin(), keys_.end(), same)) return;
    const std::string variable =
        keys_.empty() ? "JWT_SECRET_KEY" : "JWT_SECRET_KEY_PREVIOUS (" + name + ")";
    if (without_tail(text).size() != text.size())
        warnings_.push_back(variable + " ends with white space, which is part of the key");
    if (text.size() < short_key) {
        warnings_.push_back(
            variable + " has " + std::to_string(text.size()) + " bytes; use at least " +
            std::to_string(short_key) + ", from a random source"
        );
    }
    fernet_key key = fernet_key::derive(passphrase);
    keys_.push_back({std::move(key), std::move(passphrase), name});
}

result<std::string> key_ring::seal(const secret& text) const {
    if (keys_.empty()) {
        return credential_failure("a secret cannot be sealed: " + no_key_, no_key_hint_);
    }
    fernet_iv iv;
    if (!inputs_.random_iv(iv)) {
        return error{
            .kind = status::resource_limit,
            .message = "a secret cannot be sealed: the system gives no random numbers",
            .hint = "check /dev/urandom and the limits of the process",
            .from = origin::host};
    }
    return fernet_encrypt(keys_.front().key, text.reveal(), inputs_.unix_seconds(), iv);
}

result<opened> key_ring::open(std::string_view token) const {
    if (keys_.empty()) {
        return credential_failure(std::string(could_not_decrypt), no_key_ + ": " + no_key_hint_);
    }
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        if (auto text = fernet_decrypt(keys_[i].key, token)) return opened{std::move(*text), i};
    }
    return credential_failure(std::string(could_not_decrypt), advice_for(token));
}

std::string key_ring::advice_for(std::string_view token) const {
    for (std::size_t i = 0; i < keys_.size(); ++i) {
        const std::string_view given = keys_[i].passphrase.reveal();
        const std::string_view bare = without_tail(given);
        const std::string which =
            i == 0 ? "JWT_SECRET_KEY" : "JWT_SECRET_KEY_PREVIOUS (" + keys_[i].name + ")";
        if (bare.size() != given.size() && opens_with(bare, "", token)) {
            return which +
                   " ends with a newline or other white space, and the secret opens without it: "
                   "remove it";
        }
        for (const std::string_view ending : {"\n", "\r\n"}) {
            if (opens_with(bare, ending, token)) {
                return "the secret was sealed with the text of " + which +
                       " followed by a newline: add the same text with its newline as a key, or "
                       "re-enter the secret";
            }
        }
    }
    return "it was sealed with another JWT_SECRET_KEY (or the stored text is damaged): set the "
           "same JWT_SECRET_KEY on every cluster that shares these datasources, name an older key "
           "in JWT_SECRET_KEY_PREVIOUS, or re-enter the secret";
}

std::string key_ring::key_name(std::size_t index) {
    return index == 0 ? "current" : "previous " + std::to_string(index);
}

}  // namespace qry::credential
