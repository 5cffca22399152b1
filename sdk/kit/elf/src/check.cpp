#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>

#include <qry/kit/elf/note.hpp>

#include "source.hpp"

namespace qry::elf {

namespace {

constexpr std::string_view entry_symbol = "qry_plugin_entry";

// The tables as they were in 1.0; later minors only make them longer.
constexpr std::uint32_t first_entry_size =
    offsetof(qry_plugin_entry_table, get_extension) + sizeof(void*);
constexpr std::uint32_t first_driver_size = offsetof(qry_driver, session) + sizeof(void*);
constexpr std::uint32_t first_session_size = offsetof(qry_session_verbs, close) + sizeof(void*);
// No table of pointers gets this long; a size beyond it is damage.
constexpr std::uint32_t longest_table = 65536;

std::string_view padded(const char* text, std::size_t capacity) noexcept {
    return {text, static_cast<std::size_t>(std::find(text, text + capacity, '\0') - text)};
}

bool plain_version(std::string_view version) noexcept {
    if (version.empty() || version.front() < '0' || version.front() > '9') return false;
    return std::all_of(version.begin(), version.end(), [](char c) { return c > ' ' && c < 127; });
}

std::string hex(std::uint64_t value) {
    std::array<char, 19> text{};
    std::snprintf(text.data(), text.size(), "0x%016llx", static_cast<unsigned long long>(value));
    return text.data();
}

std::string ours() {
    return std::to_string(QRY_ABI_MAJOR) + "." + std::to_string(QRY_ABI_MINOR);
}

result<void> check_size(
    std::uint32_t found, std::uint32_t least, const char* table, const std::string& file
) {
    if (found >= least && found <= longest_table) return {};
    return refused(
        file,
        std::string("says that its ") + table + " table has " + std::to_string(found) +
            " bytes; expected " + std::to_string(least) + " to " + std::to_string(longest_table),
        "rebuild the plugin with QRY_PLUGIN_NOTE of the SDK's qry/note.h, unchanged"
    );
}

result<void> check_note(const qry_note_body& note, const std::string& file) {
    if (note.magic != QRY_PLUGIN_MAGIC) {
        return refused(
            file,
            "has a QRY note with magic " + hex(note.magic) + "; expected " + hex(QRY_PLUGIN_MAGIC),
            "the file is damaged, or was built for another byte order; build it again here"
        );
    }
    // Before the name: a later major may spell names as it likes.
    if (note.abi_major != QRY_ABI_MAJOR) {
        const std::string major = std::to_string(QRY_ABI_MAJOR);
        const std::string name(name_of(note));
        return refused(
            file,
            "cannot be loaded: plugin '" + (is_plugin_name(name) ? name : "?") + "' speaks ABI " +
                std::to_string(note.abi_major) + "." + std::to_string(note.abi_minor) +
                "; this host speaks " + major + ".x",
            "rebuild the plugin against the SDK " + ours() + ", or use a host of its own major"
        );
    }
    if (!is_plugin_name(name_of(note))) {
        return refused(
            file,
            "has a QRY note whose name is not of the form [a-z][a-z0-9_]*, at most 32 characters",
            "correct the name in QRY_PLUGIN_NOTE"
        );
    }
    if (!plain_version(version_of(note))) {
        return refused(
            file,
            "has a QRY note whose version does not start with a digit or holds blanks",
            "give a semantic version, like 1.2.3, in QRY_PLUGIN_NOTE"
        );
    }
    if (auto ok = check_size(note.entry_size, first_entry_size, "entry", file); !ok) return ok;
    if (auto ok = check_size(note.driver_size, first_driver_size, "driver", file); !ok) return ok;
    return check_size(note.session_size, first_session_size, "session", file);
}

result<qry_note_body> checked(result<image> found, const std::string& file) {
    if (!found) return std::move(found).error();
    if (auto ok = check(*found, file); !ok) return std::move(ok).error();
    return *found->note;
}

}  // namespace

bool is_plugin_name(std::string_view name) noexcept {
    if (name.empty() || name.size() > sizeof(qry_note_body::name)) return false;
    if (name.front() < 'a' || name.front() > 'z') return false;
    return std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
}

std::string_view name_of(const qry_note_body& note) noexcept {
    return padded(note.name, sizeof(note.name));
}

std::string_view version_of(const qry_note_body& note) noexcept {
    return padded(note.version, sizeof(note.version));
}

result<void> check(const image& plugin, const std::string& file) {
    const bool has_entry = std::find(plugin.exports.begin(), plugin.exports.end(), entry_symbol) !=
                           plugin.exports.end();
    if (!plugin.note) {
        return refused(
            file,
            has_entry ? "exports qry_plugin_entry but has no QRY note"
                      : "is a shared library but has no QRY note, so it is no QRY plugin",
            "put QRY_PLUGIN_NOTE(\"name\", \"1.2.3\") into one source file of the plugin"
        );
    }
    if (auto ok = check_note(*plugin.note, file); !ok) return ok;
    if (has_entry) return {};
    return refused(
        file,
        "does not export qry_plugin_entry",
        "define it extern \"C\" with default visibility (QRY_EXPORT); see qry/entry.h"
    );
}

result<qry_note_body> read_note(int fd, const std::string& file) {
    return checked(read(fd, file), file);
}

result<qry_note_body> read_note(std::span<const std::byte> bytes, const std::string& file) {
    return checked(read(bytes, file), file);
}

}  // namespace qry::elf
