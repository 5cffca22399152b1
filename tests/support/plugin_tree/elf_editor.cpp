#include "elf_editor.hpp"

#include <cstring>
#include <stdexcept>

namespace qry::test {

template <class T>
T* elf_editor::at(std::uint64_t offset) {
    // Tables in a shared object are aligned for their type, and so is a string's storage.
    return reinterpret_cast<T*>(&bytes_.at(offset));
}

std::uint64_t elf_editor::offset_of(std::uint64_t address) {
    const auto* head = at<Elf64_Ehdr>(0);
    const auto* segment = at<Elf64_Phdr>(head->e_phoff);
    for (int i = 0; i != head->e_phnum; ++i) {
        const Elf64_Phdr& s = segment[i];
        if (s.p_type == PT_LOAD && address >= s.p_vaddr && address - s.p_vaddr < s.p_filesz) {
            return s.p_offset + address - s.p_vaddr;
        }
    }
    throw std::runtime_error("address outside the file");
}

elf_editor& elf_editor::header(const std::function<void(Elf64_Ehdr&)>& edit) {
    edit(*at<Elf64_Ehdr>(0));
    return *this;
}

elf_editor& elf_editor::segments(std::uint32_t type, const std::function<void(Elf64_Phdr&)>& edit) {
    const Elf64_Ehdr head = *at<Elf64_Ehdr>(0);
    auto* segment = at<Elf64_Phdr>(head.e_phoff);
    bool found = false;
    for (int i = 0; i != head.e_phnum; ++i) {
        if (segment[i].p_type != type) continue;
        edit(segment[i]);
        found = true;
    }
    if (!found) throw std::runtime_error("no such segment");
    return *this;
}

elf_editor& elf_editor::dynamic(std::int64_t tag, const std::function<void(Elf64_Dyn&)>& edit) {
    Elf64_Dyn* found = nullptr;
    segments(PT_DYNAMIC, [&](Elf64_Phdr& segment) {
        auto* entry = at<Elf64_Dyn>(segment.p_offset);
        for (; entry->d_tag != DT_NULL; ++entry) {
            if (entry->d_tag == tag) found = entry;
        }
    });
    if (found == nullptr) throw std::runtime_error("no such dynamic entry");
    edit(*found);
    return *this;
}

std::uint64_t elf_editor::dynamic_value(std::int64_t tag) {
    std::uint64_t value = 0;
    dynamic(tag, [&](Elf64_Dyn& entry) { value = entry.d_un.d_val; });
    return value;
}

elf_editor& elf_editor::note(const std::function<void(qry_note&)>& edit) {
    qry_note whole{};
    const std::size_t owner = bytes_.find(std::string("\x01\0\0\0QRY\0", 8));
    if (owner == std::string::npos) throw std::runtime_error("no QRY note");
    const std::size_t start = owner - offsetof(qry_note, type);
    std::memcpy(&whole, &bytes_.at(start), sizeof(whole));
    edit(whole);
    std::memcpy(&bytes_.at(start), &whole, sizeof(whole));
    return *this;
}

elf_editor& elf_editor::symbol(
    const std::string& name, const std::function<void(Elf64_Sym&)>& edit
) {
    const std::uint64_t strings = offset_of(dynamic_value(DT_STRTAB));
    // The linker puts the strings right behind the symbols.
    auto* symbols = at<Elf64_Sym>(offset_of(dynamic_value(DT_SYMTAB)));
    for (int i = 0; reinterpret_cast<char*>(symbols + i) < &bytes_.at(strings); ++i) {
        if (name == &bytes_.at(strings + symbols[i].st_name)) {
            edit(symbols[i]);
            return *this;
        }
    }
    throw std::runtime_error("no such symbol");
}

elf_editor& elf_editor::gnu_hash(const std::function<void(std::uint32_t*)>& edit) {
    edit(at<std::uint32_t>(offset_of(dynamic_value(DT_GNU_HASH))));
    return *this;
}

elf_editor& elf_editor::text(const std::string& from, const std::string& to) {
    const std::size_t found = bytes_.find(from);
    if (found == std::string::npos || from.size() != to.size()) {
        throw std::runtime_error("cannot put '" + to + "' in place of '" + from + "'");
    }
    bytes_.replace(found, from.size(), to);
    return *this;
}

}  // namespace qry::test
