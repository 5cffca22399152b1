// The synchronous session, over a plugin that keeps the rules and over some that do not.
#include <atomic>
#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <thread>

#include <qry/conformance/session.hpp>

using namespace qry::conformance;
using namespace std::chrono_literals;

namespace {

// Loaded once: init may be called once in a process.
const loaded_plugin& fault(const std::string& name) {
    static std::map<std::string, loaded_plugin> loaded;
    const auto found = loaded.find(name);
    if (found != loaded.end()) return found->second;
    auto made = loaded_plugin::load(std::string(QRY_FAULTS_FOLDER) + "/" + name + ".so");
    REQUIRE(made);
    return loaded.emplace(name, std::move(*made)).first->second;
}

struct fixture {
    explicit fixture(const char* name = "no_fault") {
        auto made = session::connect(fault(name), {});
        REQUIRE(made);
        s = std::move(*made);
    }
    std::string broken() const {
        const auto all = s->book().violations();
        return all.empty() ? "" : all.front().rule;
    }
    std::unique_ptr<session> s;
};

struct twice : fixture {
    twice() : fixture("completes_twice") {}
};
struct never : fixture {
    never() : fixture("never_completes") {}
};

}  // namespace

TEST_CASE_METHOD(fixture, "a query gives its batches and closes clean") {
    auto t = s->query("many");
    REQUIRE(t);
    CHECK(t->rows() == 120000);
    CHECK(t->batches.size() == 2);
    CHECK(s->last_call().verb == "next");
    CHECK(s->last_call().completions == 1);
    CHECK(s->last_call().thread == s->thread());
    CHECK(s->thread() != std::this_thread::get_id());
    t->batches.clear();
    CHECK(s->memory()->live_buffers() == 0);
    CHECK(s->alive());
    CHECK(s->close());
    CHECK(broken().empty());
}

TEST_CASE_METHOD(fixture, "an error is copied out with its hint") {
    const auto out = s->execute("anything");
    REQUIRE_FALSE(out);
    CHECK(out.error().kind == qry::status::query_error);
    CHECK(out.error().message == "this database knows one, many, slow and none");
    CHECK(out.error().hint == "ask another way");
    CHECK(out.error().from == qry::origin::plugin);
}

TEST_CASE_METHOD(fixture, "a slow verb is cancelled when asked to") {
    REQUIRE(s->execute("slow"));
    const auto out = s->next({.cancel_after = 5ms});
    REQUIRE_FALSE(out);
    CHECK(out.error().kind == qry::status::query_cancelled);
    CHECK(s->last_call().took() >= 5ms);
}

TEST_CASE_METHOD(fixture, "cancel from another thread reaches a verb that runs") {
    REQUIRE(s->execute("slow"));
    std::atomic<bool> ended = false;
    std::thread other([&] {
        while (!ended)
            s->cancel();
    });
    const auto out = s->next();
    ended = true;
    other.join();
    REQUIRE_FALSE(out);
    CHECK(out.error().kind == qry::status::query_cancelled);
}

TEST_CASE_METHOD(fixture, "a closed session refuses verbs") {
    REQUIRE(s->close());
    const auto out = s->execute("one");
    REQUIRE_FALSE(out);
    CHECK(out.error().kind == qry::status::closed);
    CHECK_FALSE(s->alive());
    CHECK(s->close());
}

TEST_CASE_METHOD(twice, "a second completion is noted and changes nothing") {
    CHECK(s->query("one"));
    CHECK(broken() == "call.completes_once");
}

TEST_CASE_METHOD(never, "a verb that does not complete is given up, and the session with it") {
    const auto out = s->execute("one", {.patience = 20ms});
    REQUIRE_FALSE(out);
    CHECK(out.error().kind == qry::status::plugin_error);
    CHECK(broken() == "call.in_time");
    CHECK(s->hung());
    CHECK_FALSE(s->reset());
    CHECK_FALSE(s->alive());
}

TEST_CASE("what the plugin reports in test is captured, also when it fails") {
    const loaded_plugin& loaded = fault("no_fault");
    const auto good = run_test(loaded, {});
    CHECK_FALSE(good.failure);
    REQUIRE(good.steps.size() == 1);
    CHECK(good.steps[0].name == "open");
    CHECK(good.steps[0].ok);
    const auto bad = run_test(loaded, {.params = {{"open", "no"}}});
    REQUIRE(bad.failure);
    CHECK(bad.failure->kind == qry::status::connection_failed);
    REQUIRE(bad.steps.size() == 1);
    CHECK_FALSE(bad.steps[0].ok);
}

TEST_CASE("a failed connect gives its error") {
    const loaded_plugin& loaded = fault("no_fault");
    const auto made = session::connect(loaded, {.params = {{"open", "no"}}});
    REQUIRE_FALSE(made);
    CHECK(made.error().kind == qry::status::connection_failed);
}

TEST_CASE("a file that is not there cannot be loaded, and the error names it") {
    const auto loaded = loaded_plugin::load("/no/no_such_plugin.so");
    REQUIRE_FALSE(loaded);
    CHECK_THAT(loaded.error().message, Catch::Contains("no_such_plugin.so"));
}
