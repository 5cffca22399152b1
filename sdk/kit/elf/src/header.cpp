#include "header.hpp"

#include <array>
#include <cstring>

namespace qry::elf {

namespace {

#if defined(__x86_64__)
constexpr Elf64_Half this_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr Elf64_Half this_machine = EM_AARCH64;
#else
#error "qry::elf: name this machine's e_machine"
#endif

constexpr const char* other_platform_hint =
    "install the build of the plugin for this platform, or build it here";

std::string machine_name(Elf64_Half machine) {
    switch (machine) {
        case EM_386:
            return "x86 (32-bit)";
        case EM_X86_64:
            return "x86_64";
        case EM_ARM:
            return "ARM (32-bit)";
        case EM_AARCH64:
            return "aarch64";
        case EM_RISCV:
            return "RISC-V";
        case EM_PPC64:
            return "ppc64";
        case EM_S390:
            return "s390";
        default:
            return "machine " + std::to_string(machine);
    }
}

std::string type_name(Elf64_Half type) {
    switch (type) {
        case ET_REL:
            return "an object file (.o)";
        case ET_EXEC:
            return "an executable";
        case ET_CORE:
            return "a core dump";
        default:
            return "of ELF type " + std::to_string(type);
    }
}

result<void> check_ident(const source& from, const std::string& file) {
    const char* rebuild = "copy or build the plugin again";
    if (from.size() == 0) return refused(file, "is empty", rebuild);
    std::array<unsigned char, EI_NIDENT> ident{};
    const std::size_t have = from.size() < ident.size() ? from.size() : ident.size();
    if (!from.read(0, ident.data(), have)) return refused(file, "cannot be read", rebuild);
    if (std::memcmp(ident.data(), ELFMAG, std::min<std::size_t>(have, SELFMAG)) != 0) {
        return refused(
            file,
            "is not an ELF file; a plugin is a shared library (libqry_NAME.so)",
            "name the plugin's shared library; see that the copy was not mangled"
        );
    }
    if (have < ident.size()) return truncated(file, 0, sizeof(Elf64_Ehdr), from.size());
    if (ident[EI_CLASS] != ELFCLASS64) {
        return refused(
            file,
            ident[EI_CLASS] == ELFCLASS32 ? "is a 32-bit file; this host is 64-bit"
                                          : "is of an unknown ELF class; this host is 64-bit",
            other_platform_hint
        );
    }
    if (ident[EI_DATA] != ELFDATA2LSB) {
        return refused(file, "is not little-endian; this host is", other_platform_hint);
    }
    return {};
}

result<void> check_header(const Elf64_Ehdr& header, const source& from, const std::string& file) {
    if (header.e_machine != this_machine) {
        return refused(
            file,
            "is built for " + machine_name(header.e_machine) + "; this host is " +
                machine_name(this_machine),
            other_platform_hint
        );
    }
    if (header.e_type != ET_DYN) {
        return refused(
            file,
            "is " + type_name(header.e_type) + "; a plugin is a shared library",
            "link the plugin with -shared; qry_add_plugin() of the SDK does"
        );
    }
    if (header.e_phentsize != sizeof(Elf64_Phdr)) {
        return damaged(
            file, "its program headers have " + std::to_string(header.e_phentsize) + " bytes each"
        );
    }
    // Behind the last segment and not needed to load, but a file that lost them was cut.
    const std::uint64_t sections = static_cast<std::uint64_t>(header.e_shnum) * header.e_shentsize;
    if (header.e_shoff > from.size() || sections > from.size() - header.e_shoff) {
        return truncated(file, header.e_shoff, sections, from.size());
    }
    return {};
}

}  // namespace

error truncated(
    const std::string& file, std::uint64_t offset, std::uint64_t size, std::uint64_t have
) {
    // Hostile numbers may sum to anything; then the sum says nothing.
    const std::uint64_t need = offset + size;
    return refused(
        file,
        need < offset ? "is damaged: a table in it ends beyond every file"
                      : "is truncated: it has " + std::to_string(have) +
                            " bytes and needs at least " + std::to_string(need),
        "copy or build the plugin again"
    );
}

error damaged(const std::string& file, const std::string& what) {
    return refused(file, "is damaged: " + what, "copy or build the plugin again");
}

result<std::vector<Elf64_Phdr>> read_segments(const source& from, const std::string& file) {
    if (auto ok = check_ident(from, file); !ok) return std::move(ok).error();
    Elf64_Ehdr header{};
    if (!from.read(0, &header)) return truncated(file, 0, sizeof(header), from.size());
    if (auto ok = check_header(header, from, file); !ok) return std::move(ok).error();
    std::vector<Elf64_Phdr> segments;
    if (!from.read_table(header.e_phoff, header.e_phnum, &segments)) {
        return truncated(file, header.e_phoff, header.e_phnum * sizeof(Elf64_Phdr), from.size());
    }
    for (const Elf64_Phdr& segment : segments) {
        if (segment.p_type != PT_LOAD) continue;
        if (segment.p_offset > from.size() || segment.p_filesz > from.size() - segment.p_offset) {
            return truncated(file, segment.p_offset, segment.p_filesz, from.size());
        }
    }
    return segments;
}

}  // namespace qry::elf
