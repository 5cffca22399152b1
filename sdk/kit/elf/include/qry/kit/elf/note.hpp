// What a plugin's file says of itself, read from its bytes: nothing of it is loaded or run.
//
// Everything is found the way the loader finds it, by program headers and the dynamic section, so
// a stripped file reads the same. Every offset and size in the file is treated as hostile.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <qry/note.h>
#include <qry/result.hpp>

namespace qry::elf {

// A 64-bit shared object for this machine.
struct image {
    // Nothing = no QRY note: not a plugin, or one without QRY_PLUGIN_NOTE.
    std::optional<qry_note_body> note;
    // Names of the dynamic symbols that other files can bind to, in the file's order.
    std::vector<std::string> exports;
    // DT_NEEDED: the libraries that the loader will look for.
    std::vector<std::string> needed;
    // DT_RUNPATH, or DT_RPATH: where it looks first, between colons; empty = nowhere of its own.
    std::string run_path;
    // Symbol versions of those libraries that it cannot do without: "GLIBC_2.34", …
    std::vector<std::string> versions;
    // It asks for a stack whose bytes can be run.
    bool executable_stack = false;
};

// The facts of a file. `fd` stays open and at its position; `file` is the name that errors use.
// Refused: a directory, FIFO or device; an empty or truncated file; not ELF; another class, byte
// order, machine or type; tables that point outside the file.
[[nodiscard]] result<image> read(int fd, const std::string& file);
[[nodiscard]] result<image> read(std::span<const std::byte> bytes, const std::string& file);

// Whether this host may load it: note present, magic, ABI major, table sizes, name and version
// spelled as they must be, qry_plugin_entry exported. Errors say what was found and expected.
[[nodiscard]] result<void> check(const image& plugin, const std::string& file);

// read and check in one, for who only wants to know who it is.
[[nodiscard]] result<qry_note_body> read_note(int fd, const std::string& file);
[[nodiscard]] result<qry_note_body> read_note(
    std::span<const std::byte> bytes, const std::string& file
);

// [a-z][a-z0-9_]* of at most the 32 characters that a note has room for.
[[nodiscard]] bool is_plugin_name(std::string_view name) noexcept;

// The NUL-padded texts of a note, without the padding.
[[nodiscard]] std::string_view name_of(const qry_note_body& note) noexcept;
[[nodiscard]] std::string_view version_of(const qry_note_body& note) noexcept;

}  // namespace qry::elf
