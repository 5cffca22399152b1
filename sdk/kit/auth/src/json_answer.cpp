#include "json_answer.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>

#include <qry/kit/json/reader.hpp>

namespace qry::auth {

std::optional<json_answer> json_answer::read(std::string& body) {
    const std::size_t size = body.size();
    auto text = std::make_unique<wiped_text>();
    text->text.reserve(size + json::padding);
    text->text = body;
    wipe(body.data(), body.size());
    text->text.append(json::padding, '\0');
    json_answer out(std::move(text));
    auto members = json::read_members(std::string_view(out.text_->text).substr(0, size));
    if (!members) return std::nullopt;
    out.members_ = std::move(*members);
    return out;
}

std::string_view json_answer::raw(std::string_view name) const noexcept {
    const auto found = std::ranges::find(members_, name, &json::member::name);
    return found != members_.end() ? found->raw : std::string_view();
}

secret json_answer::text(std::string_view name) const {
    const std::string_view value = raw(name);
    if (value.size() < 2 || !value.starts_with('"') || !value.ends_with('"')) return {};
    // No token has escapes: no copy of one is left in a parser.
    if (value.find('\\') == std::string_view::npos)
        return secret(value.substr(1, value.size() - 2));
    auto parsed = nlohmann::json::parse(value, nullptr, false);
    if (!parsed.is_string()) return {};
    auto& plain = parsed.get_ref<std::string&>();
    secret out(plain);
    wipe(plain.data(), plain.size());
    return out;
}

std::optional<std::int64_t> json_answer::number(std::string_view name) const {
    std::string_view digits = raw(name);
    if (digits.size() >= 2 && digits.starts_with('"')) digits = digits.substr(1, digits.size() - 2);
    std::int64_t out = 0;
    const char* const end = digits.data() + digits.size();
    const auto [rest, why] = std::from_chars(digits.data(), end, out);
    if (why != std::errc() || (rest != end && *rest != '.')) return std::nullopt;
    return out;
}

}  // namespace qry::auth
