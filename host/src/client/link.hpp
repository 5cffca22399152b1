// The client's end of the socket: one connection to the daemon, made anew when that went away.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <qry/callback.hpp>
#include <qry/registry/catalog.hpp>
#include <qry/result.hpp>

#include "base/loop_group.hpp"
#include "base/post.hpp"
#include "client/tether.hpp"
#include "daemon/message.hpp"
#include "daemon/protocol.hpp"
#include "wire/lane.hpp"
#include "wire/segment.hpp"

namespace qry::client {

class link;

// A call that waits for its answers. Not thread-safe: on the link's loop, but for constructors.
class pending : public std::enable_shared_from_this<pending> {
public:
    virtual ~pending() = default;
    [[nodiscard]] virtual daemon::call_type type() const noexcept = 0;
    // The frame's payload, written when it goes out. As daemon::encode: names a field that is not
    // UTF-8.
    [[nodiscard]] virtual std::string_view write(wire::writer& to) = 0;
    // True for the last answer. An error breaks the connection.
    [[nodiscard]] virtual result<bool> answer(wire::incoming& in, link& from) = 0;
    // Instead of the last answer; once.
    virtual void fail(error why) = 0;

private:
    friend class link;
    // 0 = not sent yet.
    std::uint32_t number_ = 0;
    bool over_ = false;
};
using pending_ptr = std::shared_ptr<pending>;

// Thread-safe where nothing else is said.
class link : public std::enable_shared_from_this<link> {
public:
    explicit link(std::string path);
    link(const link&) = delete;
    link& operator=(const link&) = delete;
    ~link();

    // The first connection; waits for the welcome. Not on the link's own thread.
    [[nodiscard]] result<void> open();
    // Sends it, connecting anew if need be; its answers come on the link's thread.
    void start(pending_ptr what);
    void cancel(pending_ptr what);
    void release(pending_ptr what);
    void credit(pending_ptr what, std::uint32_t batches);
    // Everything under way fails as closed, and so does every later call.
    void close(completion<void> done);

    [[nodiscard]] bool on_own_thread() const noexcept { return loops_.on_loop_thread(); }
    // As the daemon said last; valid as long as this.
    [[nodiscard]] const registry::catalog& drivers() const noexcept;
    [[nodiscard]] std::string registry_location() const;
    [[nodiscard]] const std::string& path() const noexcept { return path_; }

    // For answers, on the loop: what batches of this connection are read with.
    [[nodiscard]] const wire::segment_map& segments() const noexcept { return *segments_; }
    [[nodiscard]] const std::function<void(std::uint64_t)>& on_release() const noexcept {
        return on_release_;
    }

private:
    enum class state { away, greeting, ready, leaving, closed };

    template <class Work>
    void on_loop(Work work) {
        base::post(loops_.loop(0), std::move(work));
    }
    void begin(const pending_ptr& what);
    [[nodiscard]] result<void> connect();
    void wait_for_welcome();
    void send(const pending_ptr& what);
    template <class T>
    void send(daemon::call_type type, std::uint32_t number, const T& m);
    void about(const pending_ptr& what, daemon::call_type type, std::uint32_t batches);
    [[nodiscard]] result<void> take(wire::incoming& in);
    [[nodiscard]] result<void> take_own(wire::incoming& in);
    void welcomed(daemon::welcome said);
    void lost(error why);
    void fail_all(const error& why);
    void fail(const pending_ptr& what, error why);
    void look_after();
    void left();

    const std::string path_;
    // Destroyed last: sockets and timers belong to its loop.
    base::loop_group loops_{1};

    // On the loop
    state state_ = state::away;
    std::shared_ptr<wire::lane> lane_;
    std::shared_ptr<wire::segment_map> segments_;
    std::function<void(std::uint64_t)> on_release_;
    // Which connection this is, so that a batch of an earlier one is not given back to a later one.
    std::uint64_t epoch_ = 0;
    std::map<std::uint32_t, pending_ptr> calls_;
    std::deque<pending_ptr> queue_;
    std::uint32_t last_number_ = 0;
    std::vector<std::byte> scratch_;
    boost::asio::steady_timer timer_;
    boost::asio::steady_timer silence_;
    bool watching_ = false;
    int silent_ticks_ = 0;
    completion<void> opened_;
    completion<void> closed_;

    mutable std::mutex mutex_;
    // Guarded by mutex_. All that were ever current, for those who hold a reference.
    std::vector<std::unique_ptr<const registry::catalog>> catalogs_;
    std::string registry_;
};
using link_ptr = std::shared_ptr<link>;

}  // namespace qry::client
