// One request from the first look-up to the last answer: tries, redirects, refused logins.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <qry/kit/http/client.hpp>
#include <qry/kit/http/url.hpp>

#include "multi.hpp"
#include "retry.hpp"
#include "transfer.hpp"

namespace qry::http {

// What a client's exchanges share.
struct client::impl {
    impl(loop_ref where, options with)
        : loop(where), how(std::move(with)), transfers(std::make_shared<multi>(where)) {}

    struct looked_up {
        std::vector<std::string> addresses;
        std::int64_t until_ns;
    };

    const loop_ref loop;
    const options how;
    const std::shared_ptr<multi> transfers;
    authorizer authorize;
    std::list<exchange*> running;
    std::uint64_t interrupts = 0;
    std::map<std::string, looked_up> names;
};

class client::exchange {
public:
    // `sink` may be NULL: the body is kept.
    exchange(impl& owner, const request& asked, const body_sink* sink);
    exchange(const exchange&) = delete;
    exchange& operator=(const exchange&) = delete;
    ~exchange();

    [[nodiscard]] task<result<response>> run();

    [[nodiscard]] bool carries(const request& which) const noexcept { return &asked_ == &which; }
    [[nodiscard]] std::uint64_t interrupted_by() const noexcept { return interrupted_by_; }
    void interrupt(std::uint64_t by) noexcept {
        interrupted_by_ = by;
        cancelled_ = true;
        place_.interrupt();
    }

private:
    [[nodiscard]] task<result<response>> try_once();
    [[nodiscard]] task<result<void>> find_addresses();
    [[nodiscard]] task<result<void>> carry_out(transfer& t);
    [[nodiscard]] task<result<void>> rest(std::chrono::nanoseconds span);
    [[nodiscard]] result<bool> follow(const response& answer);
    [[nodiscard]] std::optional<std::chrono::nanoseconds> wait_before_next(
        const result<response>& outcome
    );
    [[nodiscard]] error stopped(wake why) const;
    void report(const result<response>& outcome, std::int64_t begun_ns) const;
    [[nodiscard]] bool may_repeat() const noexcept;

    impl& owner_;
    const request& asked_;
    const body_sink* sink_;
    waiter place_;
    std::uint64_t interrupted_by_;
    bool cancelled_ = false;
    std::string url_;
    url_parts where_;
    url_parts first_;
    std::vector<std::string> addresses_;
    std::string resolve_host_;
    std::uint16_t resolve_port_ = 0;
    secret authorization_;
    retry_state retry_;
    int redirects_ = 0;
    bool login_refused_ = false;
    bool broke_early_ = false;
    // The sink has had some of it: it cannot be sent again.
    bool sunk_ = false;
};

}  // namespace qry::http
