// A file that says it is a plugin. Input: the file.
#include <string_view>

#include <qry/kit/elf/note.hpp>

#include "fuzz.hpp"

void qry::fuzz::take(std::span<const std::uint8_t> input) {
    using namespace qry;
    const auto image = elf::read(std::as_bytes(input), "plugin.so");
    if (!image) {
        require(
            image.error().message.find("plugin.so") != std::string::npos, "the error names the file"
        );
        return;
    }
    if (!elf::check(*image, "plugin.so")) return;
    require(image->note.has_value(), "a plugin has a note");
    require(image->note->abi_major == QRY_ABI_MAJOR, "a plugin speaks our ABI");
    require(!elf::name_of(*image->note).empty(), "a plugin has a name");
    const auto note = elf::read_note(std::as_bytes(input), "plugin.so");
    require(note.has_value(), "both ways to the note agree");
}
