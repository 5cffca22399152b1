// Who logs in: the user and password of the parameters, a token, or a database user and a
// short-lived password that Amazon gives to an IAM identity.
#pragma once

#include <cstdint>
#include <memory>

#include <qry/kit/http/client.hpp>
#include <qry/loop.hpp>
#include <qry/result.hpp>
#include <qry/secret.hpp>
#include <qry/task.hpp>

#include "login.hpp"
#include "options.hpp"
#include "startup.hpp"

namespace qry::redshift {

class credentials {
public:
    // Both outlive it; so does it the identity that it gives.
    credentials(loop_ref loop, const connect_options& options) noexcept
        : loop_(loop), options_(options) {}

    // Asks Amazon with iam=true; else at once.
    [[nodiscard]] task<result<identity>> identify(std::int64_t deadline_ns);
    // Amazon is to answer.
    [[nodiscard]] bool asking() const noexcept { return client_ != nullptr; }
    void interrupt() noexcept;

private:
    [[nodiscard]] task<result<identity>> ask_amazon(std::int64_t deadline_ns);

    const loop_ref loop_;
    const connect_options& options_;
    std::unique_ptr<http::client> client_;
    secret password_;
};

// One connect under way, whichever step it is at.
class attempt {
public:
    attempt(loop_ref loop, const connect_options& options) noexcept
        : credentials_(loop, options), startup_(loop, options) {}
    [[nodiscard]] redshift::credentials& credentials() noexcept { return credentials_; }
    [[nodiscard]] startup& start() noexcept { return startup_; }
    // The step that waits; being woken may end this object, so nothing comes after that.
    void interrupt() noexcept {
        if (looking_ != nullptr) return looking_->interrupt();
        if (credentials_.asking()) return credentials_.interrupt();
        startup_.interrupt();
    }
    // Of test(): the session that looks around.
    void look_with(waiter* place) noexcept { looking_ = place; }

private:
    redshift::credentials credentials_;
    startup startup_;
    waiter* looking_ = nullptr;
};

}  // namespace qry::redshift
