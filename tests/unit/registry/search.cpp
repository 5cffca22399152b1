#include <catch2/catch.hpp>

#include <stdlib.h>

#include <qry/registry/catalog.hpp>

using namespace qry::registry;

namespace {

// Sets environment variables and puts the old values back.
class environment {
public:
    environment(const char* name, const char* value) : name_(name) {
        if (const char* old = std::getenv(name)) old_ = old;
        set(value);
    }
    environment(const environment&) = delete;
    environment& operator=(const environment&) = delete;
    ~environment() { set(old_ ? old_->c_str() : nullptr); }

private:
    void set(const char* value) {
        if (value != nullptr) {
            ::setenv(name_, value, 1);
        } else {
            ::unsetenv(name_);
        }
    }
    const char* name_;
    std::optional<std::string> old_;
};

// "origin path", one a line, without the system's, which depend on where the test lies.
std::string listed(const std::vector<std::filesystem::path>& first) {
    std::string out;
    for (const search_folder& f : default_search(first)) {
        if (f.origin != "system") out += f.origin + " " + f.path.string() + "\n";
    }
    return out;
}

}  // namespace

TEST_CASE("options come before the variable, the variable before the user's folder") {
    const environment path("QRY_PLUGIN_PATH", "/p/one:/p/two");
    const environment data("XDG_DATA_HOME", "/data");
    CHECK(
        listed({"/o"}) ==
        "option /o\nQRY_PLUGIN_PATH /p/one\nQRY_PLUGIN_PATH /p/two\nuser /data/qry/plugins\n"
    );
}

TEST_CASE("empty entries are skipped and one folder is searched once") {
    const environment path("QRY_PLUGIN_PATH", ":/p::/p/:/o/../p:");
    const environment data("XDG_DATA_HOME", "/data");
    CHECK(listed({}) == "QRY_PLUGIN_PATH /p\nuser /data/qry/plugins\n");
}

TEST_CASE("relative folders become absolute") {
    const environment path("QRY_PLUGIN_PATH", "plugins");
    const environment data("XDG_DATA_HOME", "/data");
    CHECK(
        listed({}) == "QRY_PLUGIN_PATH " + (std::filesystem::current_path() / "plugins").string() +
                          "\nuser /data/qry/plugins\n"
    );
}

TEST_CASE("without a usable XDG_DATA_HOME the home folder serves") {
    const environment path("QRY_PLUGIN_PATH", nullptr);
    const environment home("HOME", "/home/x");
    for (const char* data : {"", "relative", static_cast<const char*>(nullptr)}) {
        const environment set("XDG_DATA_HOME", data);
        CHECK(listed({}) == "user /home/x/.local/share/qry/plugins\n");
    }
    const environment nobody("HOME", nullptr);
    const environment none("XDG_DATA_HOME", nullptr);
    CHECK(listed({}).empty());
}
