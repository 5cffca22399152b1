// Makes a good ELF file bad in one chosen way.
#pragma once

#include <elf.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include <qry/note.h>

namespace qry::test {

// A copy of a file's bytes; the accessors expect a good file and throw where they do not find
// what they look for.
class elf_editor {
public:
    explicit elf_editor(std::string bytes) : bytes_(std::move(bytes)) {}

    elf_editor& header(const std::function<void(Elf64_Ehdr&)>& edit);
    // Every program header of that type.
    elf_editor& segments(std::uint32_t type, const std::function<void(Elf64_Phdr&)>& edit);
    elf_editor& dynamic(std::int64_t tag, const std::function<void(Elf64_Dyn&)>& edit);
    elf_editor& note(const std::function<void(qry_note&)>& edit);
    // The dynamic symbol of that name.
    elf_editor& symbol(const std::string& name, const std::function<void(Elf64_Sym&)>& edit);
    // The words of DT_GNU_HASH: buckets, first symbol, bloom words, shift, then the tables.
    elf_editor& gnu_hash(const std::function<void(std::uint32_t*)>& edit);
    // The first occurrence of a text in the file, by one of the same length.
    elf_editor& text(const std::string& from, const std::string& to);

    [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }

private:
    template <class T>
    T* at(std::uint64_t offset);
    std::uint64_t offset_of(std::uint64_t address);
    std::uint64_t dynamic_value(std::int64_t tag);

    std::string bytes_;
};

}  // namespace qry::test
