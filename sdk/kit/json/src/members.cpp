#include <qry/kit/json/members.hpp>

#include "problem.hpp"
#include "tokens.hpp"

namespace qry::json {

namespace {

// Hands the first token over; nothing may stand behind what `with` reads.
template <class T, class Read>
result<T> read(token_list& tokens, std::string_view text, limits bounds, Read with) {
    if (text.size() > bounds.bytes) return too_large(text.size(), bounds.bytes);
    try {
        tokens.find(text);
        token_walk at(tokens, tokens.begin());
        T out = with(at);
        if (!at.done()) return malformed(0, "there is more behind it");
        return out;
    } catch (const bad_syntax& why) {
        return malformed(0, why.why);
    }
}

}  // namespace

document::document() = default;
document::document(document&&) noexcept = default;
document& document::operator=(document&&) noexcept = default;
document::~document() = default;

result<std::vector<member>> document::read_members(std::string_view object, limits bounds) {
    if (tokens_ == nullptr) tokens_ = std::make_unique<token_list>();
    return read<std::vector<member>>(*tokens_, object, bounds, [&](token_walk& at) {
        std::vector<member> out;
        at.expect('{', "it is no object");
        std::string_view key;
        for (bool first = true; at.next_key(first, key); first = false) {
            const auto token = static_cast<std::uint32_t>(at.place() - tokens_->begin());
            std::string name(key);
            out.push_back({std::move(name), at.skip(bounds.depth), token});
        }
        return out;
    });
}

result<std::vector<member>> read_members(std::string_view object, limits bounds) {
    return document().read_members(object, bounds);
}

result<std::vector<std::string_view>> read_items(std::string_view array, limits bounds) {
    token_list tokens;
    return read<std::vector<std::string_view>>(tokens, array, bounds, [&](token_walk& at) {
        std::vector<std::string_view> out;
        at.expect('[', "it is no array");
        for (bool first = true; at.next_item(first); first = false)
            out.push_back(at.skip(bounds.depth));
        return out;
    });
}

}  // namespace qry::json
