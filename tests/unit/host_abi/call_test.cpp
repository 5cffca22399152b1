#include "abi/call.hpp"

#include <catch2/catch.hpp>

#include "abi/host_services.hpp"
#include "puppet.hpp"

using namespace qry::abi;

namespace {

struct owner final : call_owner {
    void completed(qry::error* failure) noexcept override {
        ++times;
        if (failure != nullptr) last = *failure;
    }
    void noticed(qry::query_notice notice) override { notices.push_back(notice.message); }
    void stepped(qry::test_step_report) override {}
    void informed(std::string, std::string) override {}
    const secret_map& secrets() const noexcept override { return *held; }
    bool secrets_readable() const noexcept override { return readable; }
    const std::string& plugin() const noexcept override { return name; }

    std::shared_ptr<const secret_map> held = puppet::arguments().secrets;
    bool readable = true;
    int times = 0;
    std::optional<qry::error> last;
    std::vector<std::string> notices;
    std::string name = "puppet";
};

}  // namespace

TEST_CASE("A call ends once; the second completion changes nothing") {
    call_slot slot;
    auto who = std::make_shared<owner>();
    qry_call* call = slot.open({.deadline_ns = 5, .query_id = "q1"}, who);
    CHECK(std::string(call->query_id) == "q1");
    CHECK(call->deadline_ns == 5);
    call->complete(call, nullptr);
    call->complete(call, nullptr);
    CHECK_FALSE(slot.fail({.message = "too late"}));
    CHECK(who->times == 1);
    CHECK(who.use_count() == 1);
}

TEST_CASE("An error is copied out, made valid, and rid of the secrets") {
    call_slot slot;
    auto who = std::make_shared<owner>();
    qry_call* call = slot.open({}, who);
    qry_error e{};
    e.struct_size = sizeof(e);
    e.status = 4711;
    e.origin = 0;
    e.message = "login as hunter2hunter \xFF failed";
    e.hint = "aHVudGVyMmh1bnRlcg==";
    e.sqlstate[0] = '2';
    call->complete(call, &e);
    REQUIRE(who->last);
    CHECK(who->last->kind == qry::status::plugin_error);
    CHECK(who->last->from == qry::origin::plugin);
    CHECK(who->last->message == "login as *** \xEF\xBF\xBD failed");
    CHECK(who->last->hint.find("aHVudGVy") == std::string::npos);
    // One character is not an SQLSTATE.
    CHECK(who->last->sqlstate.empty());
}

TEST_CASE("An error without a message still says something") {
    qry_error e{};
    e.struct_size = sizeof(e);
    e.status = QRY_QUERY_ERROR;
    CHECK(copy_error(e, {}).message == "the plugin gave no reason");
}

TEST_CASE("Slots rest before they are used again") {
    call_slots slots;
    call_slot* first = slots.take();
    slots.put(first);
    for (int i = 0; i < 10; ++i) {
        call_slot* other = slots.take();
        CHECK(other != first);
        slots.put(other);
    }
}

TEST_CASE("A secret is copied into the plugin's buffer, or its size is told") {
    const qry_host& host = host_services();
    call_slot slot;
    auto who = std::make_shared<owner>();
    qry_call* call = slot.open({}, who);
    std::size_t length = 99;
    char small[4];
    CHECK(host.secret(call, "password", small, sizeof(small), &length) == QRY_RESOURCE_LIMIT);
    CHECK(length == 13);
    char buffer[32];
    CHECK(host.secret(call, "password", buffer, sizeof(buffer), &length) == QRY_OK);
    CHECK(std::string(buffer, length) == "hunter2hunter");
    CHECK(host.secret(call, "token", buffer, sizeof(buffer), &length) == QRY_NOT_FOUND);
    CHECK(length == 0);
    who->readable = false;
    CHECK(host.secret(call, "password", buffer, sizeof(buffer), &length) == QRY_NOT_FOUND);
    who->readable = true;
    call->complete(call, nullptr);
    CHECK(host.secret(call, "password", buffer, sizeof(buffer), &length) == QRY_NOT_FOUND);
}

TEST_CASE("Reports reach the call's owner, scrubbed, and only while the call is open") {
    const qry_host& host = host_services();
    call_slot slot;
    auto who = std::make_shared<owner>();
    qry_call* call = slot.open({}, who);
    const qry_notice notice{sizeof(qry_notice), "NOTICE", nullptr, "as hunter2hunter"};
    host.notice(call, &notice);
    call->complete(call, nullptr);
    host.notice(call, &notice);
    CHECK(who->notices == std::vector<std::string>{"as ***"});
}
