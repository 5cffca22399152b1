#include "json_node.hpp"

#include <algorithm>
#include <set>

#include <nlohmann/json.hpp>

#include "near.hpp"

namespace qry::registry {

namespace {

using json = nlohmann::ordered_json;

const json& nothing() {
    static const json empty = json::object();
    return empty;
}

const char* kind_of(const json& value) noexcept {
    switch (value.type()) {
        case json::value_t::null:
            return "null";
        case json::value_t::object:
            return "an object";
        case json::value_t::array:
            return "an array";
        case json::value_t::string:
            return "a string";
        case json::value_t::boolean:
            return "a boolean";
        case json::value_t::number_integer:
        case json::value_t::number_unsigned:
            return "an integer";
        case json::value_t::number_float:
            return "a number";
        case json::value_t::binary:
        case json::value_t::discarded:
            break;
    }
    return "not a JSON value";
}

std::string below(const std::string& path, std::string_view key) {
    return path.empty() ? std::string(key) : path + "." + std::string(key);
}

// "line 3, column 7" of the byte at `offset`, counted from 1.
std::string place(std::string_view text, std::size_t offset) {
    offset = std::min(offset == 0 ? 0 : offset - 1, text.size());
    const auto end = text.begin() + static_cast<std::ptrdiff_t>(offset);
    const auto lines = std::count(text.begin(), end, '\n');
    const std::size_t start = text.substr(0, offset).rfind('\n');
    const std::size_t column = start == std::string_view::npos ? offset : offset - start - 1;
    return "line " + std::to_string(lines + 1) + ", column " + std::to_string(column + 1);
}

error not_json(const std::string& file, const std::string& what) {
    return {
        .kind = status::plugin_error,
        .message = "'" + file + "' " + what,
        .hint = "correct the file, or install the plugin again",
        .from = origin::host};
}

// The keys of the objects that are open while a document is parsed; JSON allows a key twice, and
// a reader that takes one of the two silently is worse than none.
class duplicate_keys {
public:
    bool operator()(json::parse_event_t event, const json& parsed) {
        if (event == json::parse_event_t::object_start) open_.emplace_back();
        if (event == json::parse_event_t::object_end) open_.pop_back();
        if (event == json::parse_event_t::key) {
            const auto& key = parsed.get_ref<const std::string&>();
            if (!open_.back().insert(key).second && twice_.empty()) twice_ = key;
        }
        return true;
    }
    // Empty = none.
    [[nodiscard]] const std::string& twice() const noexcept { return twice_; }

private:
    std::vector<std::set<std::string>> open_;
    std::string twice_;
};

}  // namespace

void json_findings::add(const std::string& path, const std::string& what, std::string hint) {
    if (first_) return;
    first_ = error{
        .kind = status::plugin_error,
        .message =
            "'" + file_ + "': " + (path.empty() ? "the document" : "'" + path + "'") + " " + what,
        .hint = std::move(hint),
        .from = origin::host};
}

void json_node::wrong_type(const char* expected) const {
    fail(std::string("is ") + kind_of(*value_) + "; expected " + expected);
}

void json_node::expect_object(std::initializer_list<std::string_view> known) const {
    if (!value_->is_object()) return wrong_type("an object");
    if (findings_->allow_unknown_keys) return;
    for (const auto& [key, value] : value_->items()) {
        if (std::find(known.begin(), known.end(), key) != known.end()) continue;
        const std::vector<std::string> names(known.begin(), known.end());
        findings_->add(below(path_, key), "is not a known key", suggest(key, names));
    }
}

std::optional<json_node> json_node::find(std::string_view key) const {
    if (!value_->is_object()) return std::nullopt;
    const auto found = value_->find(key);
    if (found == value_->end()) return std::nullopt;
    return json_node(*found, below(path_, key), *findings_);
}

json_node json_node::member(std::string_view key) const {
    if (auto found = find(key)) return *found;
    if (!value_->is_object()) {
        wrong_type("an object");
    } else {
        findings_->add(below(path_, key), "is missing");
    }
    return {nothing(), below(path_, key), *findings_};
}

std::string json_node::text() const {
    if (value_->is_string()) return value_->get<std::string>();
    wrong_type("a string");
    return {};
}

std::int64_t json_node::integer() const {
    // Above the signed range the value would wrap.
    const bool fits = value_->is_number_integer() &&
                      (!value_->is_number_unsigned() || value_->get<std::uint64_t>() <= INT64_MAX);
    if (fits) return value_->get<std::int64_t>();
    wrong_type("an integer");
    return 0;
}

bool json_node::boolean() const {
    if (value_->is_boolean()) return value_->get<bool>();
    wrong_type("true or false");
    return false;
}

std::string json_node::scalar() const {
    if (value_->is_string()) return value_->get<std::string>();
    if (value_->is_number() || value_->is_boolean()) return value_->dump();
    wrong_type("a string, a number or a boolean");
    return {};
}

void json_node::each_member(const std::function<void(const std::string&, const json_node&)>& visit
) const {
    if (!value_->is_object()) return wrong_type("an object");
    for (const auto& [key, value] : value_->items()) {
        visit(key, json_node(value, below(path_, key), *findings_));
    }
}

void json_node::each_element(const std::function<void(const json_node&)>& visit) const {
    if (!value_->is_array()) return wrong_type("an array");
    std::size_t index = 0;
    for (const json& value : *value_) {
        visit(json_node(value, path_ + "[" + std::to_string(index++) + "]", *findings_));
    }
}

std::vector<std::string> json_node::texts() const {
    std::vector<std::string> out;
    each_element([&](const json_node& element) { out.push_back(element.text()); });
    return out;
}

std::string json_node::text_or(std::string_view key, std::string fallback) const {
    const auto found = find(key);
    return found ? found->text() : std::move(fallback);
}

bool json_node::boolean_or(std::string_view key, bool fallback) const {
    const auto found = find(key);
    return found ? found->boolean() : fallback;
}

std::optional<std::int64_t> json_node::optional_integer(std::string_view key) const {
    const auto found = find(key);
    return found ? std::optional(found->integer()) : std::nullopt;
}

std::vector<std::string> json_node::texts_or_none(std::string_view key) const {
    const auto found = find(key);
    return found ? found->texts() : std::vector<std::string>();
}

result<void> read_json(
    std::string_view text,
    const std::string& file,
    const std::function<void(const json_node&, json_findings&)>& read
) {
    json document;
    duplicate_keys keys;
    try {
        document = json::parse(text, [&](int, json::parse_event_t event, json& parsed) {
            return keys(event, parsed);
        });
    } catch (const json::parse_error& e) {
        return not_json(file, "is not valid JSON at " + place(text, e.byte));
    } catch (const json::exception&) {
        // A number out of range, for one.
        return not_json(file, "holds a JSON value that cannot be represented");
    }
    if (!keys.twice().empty()) {
        return not_json(file, "has the key '" + keys.twice() + "' twice in one object");
    }
    json_findings findings(file);
    read(json_node(document, "", findings), findings);
    if (findings.first()) return *findings.first();
    return {};
}

}  // namespace qry::registry
