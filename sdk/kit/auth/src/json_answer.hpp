// A JSON object that may hold secrets.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <qry/kit/json/members.hpp>
#include <qry/secret.hpp>

#include "wiped.hpp"

namespace qry::auth {

class json_answer {
public:
    // Wipes `body`. Nothing when it is not an object.
    [[nodiscard]] static std::optional<json_answer> read(std::string& body);

    // Empty when there is no such string.
    [[nodiscard]] secret text(std::string_view name) const;
    // A number, or one in a string, without its fraction.
    [[nodiscard]] std::optional<std::int64_t> number(std::string_view name) const;

private:
    explicit json_answer(std::unique_ptr<wiped_text> text) noexcept : text_(std::move(text)) {}
    [[nodiscard]] std::string_view raw(std::string_view name) const noexcept;

    std::unique_ptr<wiped_text> text_;
    // Views into text_.
    std::vector<json::member> members_;
};

}  // namespace qry::auth
