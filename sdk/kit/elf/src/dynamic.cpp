#include "dynamic.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "header.hpp"

namespace qry::elf {

namespace {

// Beyond both, a table is damage or an attack, never a plugin.
constexpr std::uint64_t most_symbols = 1U << 20U;
constexpr std::uint64_t longest_strings = 64U << 20U;
constexpr std::size_t most_versions = 1U << 12U;

struct dynamic_section {
    std::uint64_t strings = 0;
    std::uint64_t strings_size = 0;
    std::uint64_t symbols = 0;
    std::uint64_t gnu_hash = 0;
    std::uint64_t sysv_hash = 0;
    std::uint64_t flags = 0;
    std::vector<std::uint64_t> needed;
    std::optional<std::uint64_t> run_path;
    std::uint64_t versions = 0;
};

class reader {
public:
    reader(
        const source& from, const std::vector<Elf64_Phdr>& segments, const std::string& file
    ) noexcept
        : from_(from), segments_(segments), file_(file) {}

    result<void> run(image* out);

private:
    result<dynamic_section> section() const;
    // Where a virtual address lies in the file; addresses outside are no offset.
    std::optional<std::uint64_t> offset_of(std::uint64_t address) const noexcept;
    template <class T>
    bool at(std::uint64_t address, T* out) const {
        const auto offset = offset_of(address);
        return offset && from_.read(*offset, out);
    }
    result<void> read_strings(const dynamic_section& section);
    result<std::string> string(std::uint64_t index) const;
    // One past the last symbol that the hash table reaches, as the loader would.
    std::optional<std::uint64_t> count_by_gnu_hash(std::uint64_t address) const;
    std::optional<std::uint64_t> end_of_chain(std::uint64_t chain, std::uint64_t first) const;
    result<void> read_exports(const dynamic_section& section, image* out) const;
    result<void> read_versions(std::uint64_t address, image* out) const;

    const source& from_;
    const std::vector<Elf64_Phdr>& segments_;
    const std::string& file_;
    std::vector<char> strings_;
};

std::optional<std::uint64_t> reader::offset_of(std::uint64_t address) const noexcept {
    for (const Elf64_Phdr& s : segments_) {
        if (s.p_type != PT_LOAD || address < s.p_vaddr) continue;
        if (address - s.p_vaddr < s.p_filesz) return s.p_offset + (address - s.p_vaddr);
    }
    return std::nullopt;
}

void store(dynamic_section& into, const Elf64_Dyn& entry) {
    switch (entry.d_tag) {
        case DT_STRTAB:
            into.strings = entry.d_un.d_ptr;
            break;
        case DT_STRSZ:
            into.strings_size = entry.d_un.d_val;
            break;
        case DT_SYMTAB:
            into.symbols = entry.d_un.d_ptr;
            break;
        case DT_GNU_HASH:
            into.gnu_hash = entry.d_un.d_ptr;
            break;
        case DT_HASH:
            into.sysv_hash = entry.d_un.d_ptr;
            break;
        case DT_FLAGS_1:
            into.flags = entry.d_un.d_val;
            break;
        case DT_NEEDED:
            into.needed.push_back(entry.d_un.d_val);
            break;
        // The loader ignores the older one beside the newer.
        case DT_RPATH:
            if (!into.run_path) into.run_path = entry.d_un.d_val;
            break;
        case DT_RUNPATH:
            into.run_path = entry.d_un.d_val;
            break;
        case DT_VERNEED:
            into.versions = entry.d_un.d_ptr;
            break;
        default:
            break;
    }
}

result<dynamic_section> reader::section() const {
    const auto found = std::find_if(segments_.begin(), segments_.end(), [](const Elf64_Phdr& s) {
        return s.p_type == PT_DYNAMIC;
    });
    if (found == segments_.end()) return damaged(file_, "it has no dynamic section");
    std::vector<Elf64_Dyn> entries;
    if (!from_.read_table(found->p_offset, found->p_filesz / sizeof(Elf64_Dyn), &entries)) {
        return truncated(file_, found->p_offset, found->p_filesz, from_.size());
    }
    dynamic_section out;
    for (const Elf64_Dyn& entry : entries) {
        if (entry.d_tag == DT_NULL) break;
        store(out, entry);
    }
    if ((out.flags & DF_1_PIE) != 0) {
        return refused(
            file_,
            "is an executable; a plugin is a shared library",
            "Link the plugin with -shared; qry_add_plugin() of the SDK does."
        );
    }
    return out;
}

result<void> reader::read_strings(const dynamic_section& section) {
    const auto offset = offset_of(section.strings);
    const std::uint64_t size = section.strings_size;
    if (!offset || size == 0 || size > longest_strings ||
        !from_.read_table(*offset, size, &strings_) || strings_.back() != '\0') {
        return damaged(file_, "its dynamic string table leaves the file");
    }
    return {};
}

result<std::string> reader::string(std::uint64_t index) const {
    if (index >= strings_.size()) return damaged(file_, "a dynamic name leaves its string table");
    // Ends: read_strings saw the table's last NUL.
    return std::string(strings_.data() + index);
}

std::optional<std::uint64_t> reader::end_of_chain(std::uint64_t chain, std::uint64_t first) const {
    std::array<std::uint32_t, 256> block{};
    std::uint64_t at = chain;
    for (std::uint64_t symbol = first; symbol < most_symbols;) {
        if (at >= from_.size()) return std::nullopt;
        const std::uint64_t have =
            std::min<std::uint64_t>(block.size(), (from_.size() - at) / sizeof(std::uint32_t));
        if (have == 0 || !from_.read(at, block.data(), have * sizeof(std::uint32_t))) {
            return std::nullopt;
        }
        for (std::uint64_t i = 0; i != have; ++i, ++symbol) {
            // The lowest bit ends a chain.
            if ((block.at(i) & 1U) != 0) return symbol + 1;
        }
        at += have * sizeof(std::uint32_t);
    }
    return std::nullopt;
}

std::optional<std::uint64_t> reader::count_by_gnu_hash(std::uint64_t address) const {
    struct {
        std::uint32_t buckets, first_symbol, bloom_words, bloom_shift;
    } head{};
    const auto offset = offset_of(address);
    if (!offset || !from_.read(*offset, &head)) return std::nullopt;
    const std::uint64_t buckets_at =
        *offset + sizeof(head) + std::uint64_t{head.bloom_words} * sizeof(std::uint64_t);
    std::vector<std::uint32_t> buckets;
    if (head.buckets > most_symbols || !from_.read_table(buckets_at, head.buckets, &buckets)) {
        return std::nullopt;
    }
    const auto last = std::max_element(buckets.begin(), buckets.end());
    if (last == buckets.end() || *last < head.first_symbol) return 0;
    const std::uint64_t chains = buckets_at + buckets.size() * sizeof(std::uint32_t);
    return end_of_chain(
        chains + (std::uint64_t{*last} - head.first_symbol) * sizeof(std::uint32_t), *last
    );
}

bool bindable(const Elf64_Sym& symbol) noexcept {
    const unsigned bind = ELF64_ST_BIND(symbol.st_info);
    const unsigned visibility = ELF64_ST_VISIBILITY(symbol.st_other);
    return symbol.st_shndx != SHN_UNDEF && symbol.st_name != 0 &&
           (bind == STB_GLOBAL || bind == STB_WEAK || bind == STB_GNU_UNIQUE) &&
           (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

result<void> reader::read_exports(const dynamic_section& section, image* out) const {
    std::optional<std::uint64_t> count = 0;
    if (section.gnu_hash != 0) {
        count = count_by_gnu_hash(section.gnu_hash);
    } else if (section.sysv_hash != 0) {
        struct {
            std::uint32_t buckets, chains;
        } head{};
        count =
            at(section.sysv_hash, &head) ? std::optional<std::uint64_t>(head.chains) : std::nullopt;
    }
    const auto offset = offset_of(section.symbols);
    std::vector<Elf64_Sym> symbols;
    if (!count || *count > most_symbols ||
        (*count != 0 && (!offset || !from_.read_table(*offset, *count, &symbols)))) {
        return damaged(file_, "its symbol table leaves the file");
    }
    for (const Elf64_Sym& symbol : symbols) {
        if (!bindable(symbol)) continue;
        auto name = string(symbol.st_name);
        if (!name) return std::move(name).error();
        out->exports.push_back(std::move(*name));
    }
    return {};
}

// A list of libraries, and of each a list of versions; each entry says how far the next one is.
result<void> reader::read_versions(std::uint64_t address, image* out) const {
    std::size_t libraries = 0;
    for (std::uint64_t library = address; library != 0;) {
        Elf64_Verneed need{};
        if (!at(library, &need)) return damaged(file_, "its needed versions leave the file");
        if (++libraries > most_versions) {
            return damaged(file_, "it needs versions of more libraries than it can have");
        }
        std::uint64_t version = library + need.vn_aux;
        for (unsigned i = 0; i < need.vn_cnt; ++i) {
            Elf64_Vernaux one{};
            if (!at(version, &one)) return damaged(file_, "its needed versions leave the file");
            auto name = string(one.vna_name);
            if (!name) return std::move(name).error();
            out->versions.push_back(std::move(*name));
            if (out->versions.size() > most_versions) {
                return damaged(file_, "it needs more versions than a library can have");
            }
            if (one.vna_next == 0) break;
            version += one.vna_next;
        }
        library = need.vn_next == 0 ? 0 : library + need.vn_next;
    }
    return {};
}

result<void> reader::run(image* out) {
    auto found = section();
    if (!found) return std::move(found).error();
    if (auto ok = read_strings(*found); !ok) return ok;
    for (const std::uint64_t index : found->needed) {
        auto name = string(index);
        if (!name) return std::move(name).error();
        out->needed.push_back(std::move(*name));
    }
    if (found->run_path) {
        auto path = string(*found->run_path);
        if (!path) return std::move(path).error();
        out->run_path = std::move(*path);
    }
    if (auto ok = read_versions(found->versions, out); !ok) return ok;
    return read_exports(*found, out);
}

}  // namespace

result<void> read_dynamic(
    const source& from, const std::vector<Elf64_Phdr>& segments, image* out, const std::string& file
) {
    return reader(from, segments, file).run(out);
}

}  // namespace qry::elf
