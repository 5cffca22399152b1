// Libraries that are bad in one way each: refused with the reason before any code of them runs.
#include <catch2/catch.hpp>

#include <cstring>
#include <iostream>

#include "elf_editor.hpp"
#include "host.hpp"
#include "plugin_tree.hpp"

using namespace qry::test;

namespace {

struct bad_file {
    const char* name;
    std::string library;
    // What the reason says behind the file's name.
    const char* reason;
};

elf_editor good() {
    return elf_editor(canary_library());
}

std::string cut(std::size_t size) {
    return canary_library().substr(0, size);
}

std::string with_note(const std::function<void(qry_note_body&)>& edit) {
    return good().note([&](qry_note& n) { edit(n.body); }).bytes();
}

void set(char (&field)[32], const char* text) {
    std::memset(field, 0, sizeof(field));
    std::memcpy(field, text, std::strlen(text));
}

std::vector<bad_file> not_for_us() {
    return {
        {"zero length", "", "is empty"},
        {"one byte", cut(1), "is truncated: it has 1 bytes and needs at least 64"},
        {"text", "#!/bin/sh\necho I am no library\n", "is not an ELF file"},
        {"a hundred zeros", std::string(100, '\0'), "is not an ELF file"},
        {"cut in the identification", cut(10), "is truncated: it has 10 bytes"},
        {"cut in the header", cut(40), "is truncated: it has 40 bytes and needs at least"},
        {"cut in the program headers", cut(100), "is truncated: it has 100 bytes"},
        {"cut in half", cut(canary_library().size() / 2), "is truncated: it has "},
        {"cut by one byte", cut(canary_library().size() - 1), "is truncated: it has "},
        {"32-bit",
         good().header([](Elf64_Ehdr& h) { h.e_ident[EI_CLASS] = ELFCLASS32; }).bytes(),
         "is a 32-bit file; this host is 64-bit"},
        {"no class at all",
         good().header([](Elf64_Ehdr& h) { h.e_ident[EI_CLASS] = 77; }).bytes(),
         "is of an unknown ELF class"},
        {"32-bit ARM",
         good()
             .header([](Elf64_Ehdr& h) {
                 h.e_ident[EI_CLASS] = ELFCLASS32;
                 h.e_machine = EM_ARM;
             })
             .bytes(),
         "is a 32-bit file; this host is 64-bit"},
        {"big-endian",
         good().header([](Elf64_Ehdr& h) { h.e_ident[EI_DATA] = ELFDATA2MSB; }).bytes(),
         "is not little-endian; this host is"},
        {"ARM",
         good().header([](Elf64_Ehdr& h) { h.e_machine = EM_ARM; }).bytes(),
         "is built for ARM"},
        {"RISC-V",
         good().header([](Elf64_Ehdr& h) { h.e_machine = EM_RISCV; }).bytes(),
         "is built for RISC-V; this host is "},
        {"machine of no name",
         good().header([](Elf64_Ehdr& h) { h.e_machine = 65000; }).bytes(),
         "is built for machine 65000"},
        {"executable",
         good().header([](Elf64_Ehdr& h) { h.e_type = ET_EXEC; }).bytes(),
         "is an executable; a plugin is a shared library"},
        {"position-independent executable",
         good().dynamic(DT_FLAGS_1, [](Elf64_Dyn& d) { d.d_un.d_val |= DF_1_PIE; }).bytes(),
         "is an executable; a plugin is a shared library"},
        {"object file",
         good().header([](Elf64_Ehdr& h) { h.e_type = ET_REL; }).bytes(),
         "is an object file (.o); a plugin is a shared library"},
        {"core dump",
         good().header([](Elf64_Ehdr& h) { h.e_type = ET_CORE; }).bytes(),
         "is a core dump"},
    };
}

std::vector<bad_file> damaged_tables() {
    const auto set_value = [](std::uint64_t value) {
        return [value](Elf64_Dyn& d) { d.d_un.d_val = value; };
    };
    return {
        {"program headers of another size",
         good().header([](Elf64_Ehdr& h) { h.e_phentsize = 32; }).bytes(),
         "is damaged: its program headers have 32 bytes each"},
        {"program headers beyond the end",
         good().header([](Elf64_Ehdr& h) { h.e_phoff = 1ULL << 40U; }).bytes(),
         "is truncated: it has "},
        {"program headers at the last address",
         good().header([](Elf64_Ehdr& h) { h.e_phoff = ~0ULL; }).bytes(),
         "is damaged: a table in it ends beyond every file"},
        {"segment beyond the end",
         good().segments(PT_LOAD, [](Elf64_Phdr& p) { p.p_filesz = 1ULL << 33U; }).bytes(),
         "is truncated: it has "},
        {"note segment of a gigabyte",
         good().segments(PT_NOTE, [](Elf64_Phdr& p) { p.p_filesz = 1U << 30U; }).bytes(),
         "is damaged: its notes are too long"},
        {"no dynamic section",
         good().segments(PT_DYNAMIC, [](Elf64_Phdr& p) { p.p_type = PT_NULL; }).bytes(),
         "is damaged: it has no dynamic section"},
        {"string table outside",
         good().dynamic(DT_STRTAB, set_value(1ULL << 50U)).bytes(),
         "is damaged: its dynamic string table leaves the file"},
        {"string table without end",
         good().dynamic(DT_STRSZ, set_value(~0ULL)).bytes(),
         "is damaged: its dynamic string table leaves the file"},
        {"string table that ends within a name",
         good().dynamic(DT_STRSZ, [](Elf64_Dyn& d) { --d.d_un.d_val; }).bytes(),
         "is damaged: its dynamic string table leaves the file"},
        {"needed library without a name",
         good().dynamic(DT_NEEDED, set_value(1U << 30U)).bytes(),
         "is damaged: a dynamic name leaves its string table"},
        {"symbols outside",
         good().dynamic(DT_SYMTAB, set_value(1ULL << 50U)).bytes(),
         "is damaged: its symbol table leaves the file"},
        {"hash table outside",
         good().dynamic(DT_GNU_HASH, set_value(1ULL << 50U)).bytes(),
         "is damaged: its symbol table leaves the file"},
        {"hash table with four billion buckets",
         good().gnu_hash([](std::uint32_t* words) { words[0] = ~0U; }).bytes(),
         "is damaged: its symbol table leaves the file"},
        {"symbol without a name",
         good().symbol("qry_plugin_entry", [](Elf64_Sym& s) { s.st_name = 1U << 30U; }).bytes(),
         "is damaged: a dynamic name leaves its string table"},
    };
}

std::vector<bad_file> bad_notes() {
    return {
        {"no note",
         good().segments(PT_NOTE, [](Elf64_Phdr& p) { p.p_type = PT_NULL; }).bytes(),
         "exports qry_plugin_entry but has no QRY note"},
        {"note of another owner",
         good().note([](qry_note& n) { n.owner[0] = 'X'; }).bytes(),
         "exports qry_plugin_entry but has no QRY note"},
        {"note of another type",
         good().note([](qry_note& n) { n.type = 2; }).bytes(),
         "exports qry_plugin_entry but has no QRY note"},
        {"note a byte short",
         good().note([](qry_note& n) { n.body_size -= 1; }).bytes(),
         "is damaged: its QRY note has 87 bytes; expected 88"},
        {"note without end",
         good().note([](qry_note& n) { n.body_size = ~0U; }).bytes(),
         "is damaged: one of its notes leaves its segment"},
        {"owner without end",
         good().note([](qry_note& n) { n.owner_size = ~0U; }).bytes(),
         "is damaged: one of its notes leaves its segment"},
        {"wrong magic",
         with_note([](qry_note_body& n) { n.magic = 0x3147554c50595252; }),
         "has a QRY note with magic 0x3147554c50595252; expected 0x3147554c50595251"},
        {"next major",
         with_note([](qry_note_body& n) { n.abi_major = 2; }),
         "cannot be loaded: plugin 'canary' speaks ABI 2.0; this host speaks 1.x"},
        {"major zero",
         with_note([](qry_note_body& n) { n.abi_major = 0; }),
         "cannot be loaded: plugin 'canary' speaks ABI 0.0; this host speaks 1.x"},
        {"last major",
         with_note([](qry_note_body& n) { n.abi_major = 65535; }),
         "cannot be loaded: plugin 'canary' speaks ABI 65535.0; this host speaks 1.x"},
        {"magic of zero",
         with_note([](qry_note_body& n) { n.magic = 0; }),
         "has a QRY note with magic 0x"},
        {"entry table of size 0",
         with_note([](qry_note_body& n) { n.entry_size = 0; }),
         "says that its entry table has 0 bytes; expected 48 to 65536"},
        {"entry table short by one",
         with_note([](qry_note_body& n) { n.entry_size -= 1; }),
         "says that its entry table has 47 bytes; expected 48 to 65536"},
        {"entry table of four gigabytes",
         with_note([](qry_note_body& n) { n.entry_size = ~0U; }),
         "says that its entry table has 4294967295 bytes; expected 48 to 65536"},
        {"driver table of size 0",
         with_note([](qry_note_body& n) { n.driver_size = 0; }),
         "says that its driver table has 0 bytes; expected 40 to 65536"},
        {"driver table short by one",
         with_note([](qry_note_body& n) { n.driver_size -= 1; }),
         "says that its driver table has 39 bytes; expected 40 to 65536"},
        {"session table of four gigabytes",
         with_note([](qry_note_body& n) { n.session_size = ~0U; }),
         "says that its session table has 4294967295 bytes; expected 64 to 65536"},
        {"session table of size 8",
         with_note([](qry_note_body& n) { n.session_size = 8; }),
         "says that its session table has 8 bytes; expected 64 to 65536"},
        {"no name",
         with_note([](qry_note_body& n) { set(n.name, ""); }),
         "has a QRY note whose name is not of the form"},
        {"name with a path",
         with_note([](qry_note_body& n) { set(n.name, "../canary"); }),
         "has a QRY note whose name is not of the form"},
        {"name in capitals",
         with_note([](qry_note_body& n) { set(n.name, "Canary"); }),
         "has a QRY note whose name is not of the form"},
        {"name that starts with a digit",
         with_note([](qry_note_body& n) { set(n.name, "4canary"); }),
         "has a QRY note whose name is not of the form"},
        {"no version",
         with_note([](qry_note_body& n) { set(n.version, ""); }),
         "has a QRY note whose version does not start with a digit or holds blanks"},
        {"version with a line break",
         with_note([](qry_note_body& n) { set(n.version, "1.2.3\nx"); }),
         "has a QRY note whose version does not start with a digit or holds blanks"},
        {"name unlike the manifest's",
         with_note([](qry_note_body& n) { set(n.name, "parrot"); }),
         "has the name 'parrot' in its ELF note; the manifest says 'canary'"},
        {"version unlike the manifest's",
         with_note([](qry_note_body& n) { set(n.version, "1.2.4"); }),
         "has the version '1.2.4' in its ELF note; the manifest says '1.2.3'"},
    };
}

std::vector<bad_file> bad_entries() {
    const char* missing = "does not export qry_plugin_entry";
    return {
        {"entry under another name",
         good().text("qry_plugin_entry", "qry_plugin_exit_").bytes(),
         missing},
        {"entry not defined",
         good().symbol("qry_plugin_entry", [](Elf64_Sym& s) { s.st_shndx = SHN_UNDEF; }).bytes(),
         missing},
        {"entry hidden",
         good().symbol("qry_plugin_entry", [](Elf64_Sym& s) { s.st_other = STV_HIDDEN; }).bytes(),
         missing},
        {"entry local",
         good()
             .symbol(
                 "qry_plugin_entry",
                 [](Elf64_Sym& s) { s.st_info = ELF64_ST_INFO(STB_LOCAL, STT_OBJECT); }
             )
             .bytes(),
         missing},
    };
}

// Installs each file and tries to use it; counts those whose code ran.
void expect_refused(const std::vector<bad_file>& files) {
    int sang = 0;
    for (const bad_file& file : files) {
        const temp_folder folder;
        install_canary(folder.path(), "canary", file.library, canary_manifest());
        const outcome found = use_plugin(folder.path());
        INFO(file.name << ": " << found.reason);
        CHECK_FALSE(found.reached_the_loader);
        CHECK_THAT(found.reason, Catch::Contains(std::string("libqry_canary.so' ") + file.reason));
        sang += found.sang ? 1 : 0;
    }
    std::cout << "bad files: " << files.size() << " of " << files.size()
              << " tried, constructors run: " << sang << "\n";
    CHECK(sang == 0);
}

}  // namespace

TEST_CASE("the good plugin is loaded and its constructor sings, so silence means something") {
    const temp_folder folder;
    install_canary(folder.path(), "canary", canary_library(), canary_manifest());
    const outcome found = use_plugin(folder.path());
    CHECK(found.reason.empty());
    CHECK(found.sang);
}

TEST_CASE("a plugin of a later minor is loaded") {
    const temp_folder folder;
    const std::string later = with_note([](qry_note_body& n) {
        n.abi_minor = 7;
        n.entry_size += 16;
        n.driver_size += 8;
        n.session_size += 8;
    });
    install_canary(
        folder.path(), "canary", later, replaced(canary_manifest(), "\"minor\": 0", "\"minor\": 7")
    );
    const outcome found = use_plugin(folder.path());
    CHECK(found.reason.empty());
    CHECK(found.sang);
}

TEST_CASE("files for another machine, another kind of file and parts of files are refused") {
    expect_refused(not_for_us());
}

TEST_CASE("files whose tables lead outside are refused") {
    expect_refused(damaged_tables());
}

TEST_CASE("files with a bad QRY note are refused") {
    expect_refused(bad_notes());
}

TEST_CASE("files that do not export the entry are refused") {
    expect_refused(bad_entries());
}

TEST_CASE("a needed library that is missing is the loader's refusal, before any code runs") {
    const temp_folder folder;
    install_canary(
        folder.path(), "canary", good().text("libc.so.6", "libq.so.6").bytes(), canary_manifest()
    );
    const outcome found = use_plugin(folder.path());
    CHECK(found.reached_the_loader);
    CHECK_THAT(found.reason, Catch::Contains("libq.so.6: cannot open shared object file"));
    CHECK_FALSE(found.sang);
}
