#include <utility>

#include "abi/session_core.hpp"
#include "base/clock.hpp"
#include "base/grace.hpp"

namespace qry::abi {

namespace asio = boost::asio;

namespace {

class plugin_session final : public backend::session {
public:
    explicit plugin_session(session_parts parts)
        : core_(std::make_shared<session_core>(std::move(parts))) {}
    // Whoever drops it without close() still gets the plugin's half freed.
    ~plugin_session() override {
        if (core_->closed()) return;
        core_->close({base::now_ns() + base::cancel_grace_ns, "close"}, [](result<void>) {});
    }
    asio::any_io_executor executor() const override { return core_->executor(); }
    void execute(
        backend::verb_context context,
        backend::execute_arguments what,
        completion<backend::head> done
    ) override {
        core_->execute(context, std::move(what), std::move(done));
    }
    void introspect(
        backend::verb_context context,
        std::int32_t part,
        bool first,
        bool last,
        completion<backend::head> done
    ) override {
        core_->introspect(context, part, first, last, std::move(done));
    }
    void next(backend::verb_context context, completion<backend::batch> done) override {
        core_->next(context, std::move(done));
    }
    void cancel() noexcept override { core_->cancel(); }
    void reset(backend::verb_context context, completion<void> done) override {
        core_->reset(context, std::move(done));
    }
    bool alive() noexcept override { return core_->alive(); }
    void close(backend::verb_context context, completion<void> done) override {
        core_->close(context, std::move(done));
    }
    void set_reports(backend::reports sink) override { core_->set_reports(std::move(sink)); }

private:
    // Outlives this while the plugin holds a call.
    const std::shared_ptr<session_core> core_;
};

}  // namespace

std::unique_ptr<backend::session> make_session(session_parts parts) {
    return std::make_unique<plugin_session>(std::move(parts));
}

}  // namespace qry::abi
