#include "messages.hpp"

#include <charconv>

#include "bytes.hpp"

namespace qry::postgresql {

std::optional<std::vector<column_description>> read_row_description(
    std::span<const std::uint8_t> body
) {
    byte_reader in(body);
    const auto count = in.take<std::int16_t>();
    if (count < 0) return std::nullopt;
    std::vector<column_description> columns;
    for (int i = 0; i < count && in.ok(); ++i) {
        column_description c;
        c.name = in.take_text();
        // Table oid, attribute number.
        (void)in.take_bytes(6);
        c.type = in.take<oid>();
        // Type length.
        (void)in.take_bytes(2);
        c.type_modifier = in.take<std::int32_t>();
        // Format: we ask for it in Bind.
        (void)in.take_bytes(2);
        columns.push_back(std::move(c));
    }
    if (!in.finished()) return std::nullopt;
    return columns;
}

std::optional<std::vector<oid>> read_parameter_description(std::span<const std::uint8_t> body) {
    byte_reader in(body);
    // Unsigned in practice: a statement may have 65,535 parameters.
    const auto count = in.take<std::uint16_t>();
    if (in.left() != count * sizeof(oid)) return std::nullopt;
    std::vector<oid> types;
    types.reserve(count);
    for (int i = 0; i < count; ++i)
        types.push_back(in.take<oid>());
    return types;
}

std::optional<server_message> read_server_message(std::span<const std::uint8_t> body) {
    byte_reader in(body);
    server_message m;
    bool untranslated = false;
    while (in.ok()) {
        const char field = in.take<char>();
        if (field == 0) break;
        const std::string_view text = in.take_text();
        switch (field) {
            case 'S':
                if (!untranslated) m.severity = text;
                break;
            case 'V':
                m.severity = text;
                untranslated = true;
                break;
            case 'C':
                m.sqlstate = text;
                break;
            case 'M':
                m.message = text;
                break;
            case 'D':
                m.detail = text;
                break;
            case 'H':
                m.hint = text;
                break;
            case 'W':
                m.where = text;
                break;
            case 's':
                m.schema = text;
                break;
            case 't':
                m.table = text;
                break;
            case 'c':
                m.column = text;
                break;
            case 'd':
                m.data_type = text;
                break;
            case 'n':
                m.constraint = text;
                break;
            case 'P':
                std::from_chars(text.data(), text.data() + text.size(), m.position);
                break;
            // File, line, routine, internal query: nothing that a user can act on.
            default:
                break;
        }
    }
    if (!in.ok()) return std::nullopt;
    return m;
}

std::optional<command_tag> read_command_tag(std::span<const std::uint8_t> body) {
    byte_reader in(body);
    std::string_view text = in.take_text();
    if (!in.finished()) return std::nullopt;
    command_tag tag;
    const std::size_t digits_end = text.find_last_not_of("0123456789");
    const std::size_t digits = digits_end == std::string_view::npos ? 0 : digits_end + 1;
    if (digits != text.size()) {
        std::from_chars(text.data() + digits, text.data() + text.size(), tag.rows);
        text = text.substr(0, digits);
        // INSERT carries a second number, always 0, before the count.
        const std::size_t words = text.find_last_not_of("0123456789 ");
        text = text.substr(0, words == std::string_view::npos ? 0 : words + 1);
    }
    tag.name = text;
    return tag;
}

std::optional<setting> read_parameter_status(std::span<const std::uint8_t> body) {
    byte_reader in(body);
    setting s;
    s.name = in.take_text();
    s.value = in.take_text();
    if (!in.finished()) return std::nullopt;
    return s;
}

bool read_data_row(std::span<const std::uint8_t> body, std::span<cell> out) noexcept {
    const std::uint8_t* at = body.data();
    std::size_t left = body.size();
    if (left < 2 || load<std::uint16_t>(at) != out.size()) return false;
    at += 2;
    left -= 2;
    for (cell& c : out) {
        if (left < 4) return false;
        const auto size = load<std::int32_t>(at);
        at += 4;
        left -= 4;
        if (size < 0) {
            if (size != -1) return false;
            c = {};
            continue;
        }
        if (static_cast<std::uint32_t>(size) > left) return false;
        c = {at, static_cast<std::uint32_t>(size)};
        at += size;
        left -= static_cast<std::uint32_t>(size);
    }
    return left == 0;
}

}  // namespace qry::postgresql
