#include <elf.h>

#include <algorithm>
#include <cstring>

#include <qry/kit/elf/note.hpp>

#include "dynamic.hpp"
#include "header.hpp"
#include "source.hpp"

namespace qry::elf {

namespace {

constexpr std::uint64_t longest_note_segment = 1U << 20U;

std::uint64_t padded_to(std::uint64_t size, std::uint64_t alignment) noexcept {
    return (size + alignment - 1) / alignment * alignment;
}

// Adds the QRY note of one PT_NOTE segment, if there is one.
result<void> read_notes(
    const source& from, const Elf64_Phdr& segment, image* out, const std::string& file
) {
    if (segment.p_filesz > longest_note_segment) return damaged(file, "its notes are too long");
    std::vector<unsigned char> bytes;
    if (!from.read_table(segment.p_offset, segment.p_filesz, &bytes)) {
        return truncated(file, segment.p_offset, segment.p_filesz, from.size());
    }
    const std::uint64_t alignment = segment.p_align == 8 ? 8 : 4;
    std::uint64_t at = 0;
    while (bytes.size() - at >= sizeof(Elf64_Nhdr)) {
        Elf64_Nhdr head{};
        std::memcpy(&head, bytes.data() + at, sizeof(head));
        // 32-bit sizes in 64-bit sums: these cannot overflow.
        const std::uint64_t owner = at + sizeof(head);
        const std::uint64_t body = padded_to(owner + head.n_namesz, alignment);
        const std::uint64_t end = body + head.n_descsz;
        if (end > bytes.size()) return damaged(file, "one of its notes leaves its segment");
        const bool is_ours =
            head.n_type == QRY_NOTE_TYPE && head.n_namesz == sizeof(QRY_NOTE_OWNER) &&
            std::memcmp(bytes.data() + owner, QRY_NOTE_OWNER, sizeof(QRY_NOTE_OWNER)) == 0;
        if (is_ours && head.n_descsz != sizeof(qry_note_body)) {
            return damaged(
                file,
                "its QRY note has " + std::to_string(head.n_descsz) + " bytes; expected " +
                    std::to_string(sizeof(qry_note_body))
            );
        }
        if (is_ours && out->note) return damaged(file, "it has more than one QRY note");
        if (is_ours) std::memcpy(&out->note.emplace(), bytes.data() + body, sizeof(qry_note_body));
        at = std::min<std::uint64_t>(padded_to(end, alignment), bytes.size());
    }
    return {};
}

result<image> read_image(const source& from, const std::string& file) {
    auto segments = read_segments(from, file);
    if (!segments) return std::move(segments).error();
    image out;
    // Whoever does not say gets one.
    out.executable_stack = true;
    for (const Elf64_Phdr& segment : *segments) {
        if (segment.p_type == PT_GNU_STACK) out.executable_stack = (segment.p_flags & PF_X) != 0;
        if (segment.p_type != PT_NOTE) continue;
        if (auto ok = read_notes(from, segment, &out, file); !ok) return std::move(ok).error();
    }
    if (auto ok = read_dynamic(from, *segments, &out, file); !ok) return std::move(ok).error();
    return out;
}

}  // namespace

result<image> read(int fd, const std::string& file) {
    auto from = source::of(fd, file);
    if (!from) return std::move(from).error();
    return read_image(*from, file);
}

result<image> read(std::span<const std::byte> bytes, const std::string& file) {
    return read_image(source(bytes), file);
}

}  // namespace qry::elf
