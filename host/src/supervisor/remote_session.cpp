#include "supervisor/remote_session.hpp"

#include <algorithm>
#include <utility>

#include <qry/kit/arrow/type.hpp>

#include "base/clock.hpp"
#include "base/errors.hpp"
#include "base/grace.hpp"
#include "supervisor/closing_channel.hpp"
#include "wire/batch.hpp"

namespace qry::supervisor {

namespace {

std::int64_t left(const backend::verb_context& context) noexcept {
    return std::max<std::int64_t>(context.deadline_ns - base::now_ns(), 0);
}

// For the trace; 0 = this query is not traced.
std::int64_t elapsed(const backend::verb_context& context) noexcept {
    if (context.started_ns == 0) return 0;
    return std::max<std::int64_t>(base::now_ns() - context.started_ns, 1);
}

// Arguments go into the frame whole.
result<void> put_arguments(wire::execute& to, const backend::execute_arguments& from) {
    if (!from.args) return {};
    auto type = arrow::import_field(*from.args_schema);
    if (!type) return std::move(type).error();
    wire::writer schema(to.args_schema);
    wire::put_schema(schema, *from.args_schema);
    wire::writer rows(to.args);
    auto put = wire::put_batch(rows, 0, *type, *from.args, {});
    if (put) return {};
    error why = std::move(put).error();
    why.from = origin::host;
    if (why.kind == status::plugin_error) why.kind = status::invalid_parameter;
    return why;
}

// What a frame cannot hold would end the lane, and with it everybody's queries on it.
result<void> check_size(const wire::execute& what) {
    constexpr std::size_t room_for_the_rest = 4096;
    std::size_t size = what.sql.size() + what.args_schema.size() + what.args.size();
    for (const auto& [name, value] : what.options)
        size += name.size() + value.size() + 2 * sizeof(std::uint32_t);
    if (size + room_for_the_rest <= wire::max_payload) return {};
    return error{
        .kind = status::resource_limit,
        .message = "the statement and its arguments take " + std::to_string(size) +
                   " bytes; a query may have at most " + std::to_string(wire::max_payload),
        .hint = "load such amounts in pieces, or by the database's own bulk load",
        .from = origin::host};
}

}  // namespace

std::optional<error> session_channel::refuse() const {
    if (gone_ || dead_ || !lane_->works()) {
        return lost_error(
            lane_->worker().share->plugin, lost_why_.empty() ? "ended its process" : lost_why_
        );
    }
    if (verb_ == verb::none) return std::nullopt;
    return error{
        .kind = status::conflict,
        .message = "a verb of this session is under way already",
        .from = origin::host};
}

void session_channel::begin(verb which, const backend::verb_context& context) {
    verb_ = which;
    cancel_sent_ = false;
    ++number_;
    query_id_ = context.query_id;
    deadline_ns_ = context.deadline_ns;
    lane_->set_busy(*this, true);
}

void session_channel::execute(
    const backend::verb_context& context,
    backend::execute_arguments what,
    completion<backend::head> done
) {
    if (auto no = refuse()) return done(std::move(*no));
    plugin_share& share = lane_->share();
    if (auto no = share.poison.refuse(share.plugin, what.sql, base::now_ns())) {
        ++share.count.poisoned;
        return done(std::move(*no));
    }
    wire::execute message;
    if (auto put = put_arguments(message, what); !put) return done(std::move(put).error());
    ++share.count.queries;
    message.remaining_ns = left(context);
    message.credit = result_stream::credit;
    message.query_id = context.query_id;
    message.elapsed_ns = elapsed(context);
    message.sql = std::move(what.sql);
    message.options = std::move(what.options);
    if (auto fits = check_size(message); !fits) return done(std::move(fits).error());
    on_head_ = std::move(done);
    introspecting_ = false;
    clean_ = false;
    begin(verb::head, context);
    stream_.begin();
    stream_number_ = number_;
    lane_->out().send(wire::frame_type::execute, id_, number_, message);
    // At once: the end of the loop's turn is another look at the poller away.
    lane_->out().flush();
    sql_ = std::move(message.sql);
}

void session_channel::introspect(
    const backend::verb_context& context,
    std::int32_t part,
    bool first,
    bool last,
    completion<backend::head> done
) {
    if (auto no = refuse()) return done(std::move(*no));
    on_head_ = std::move(done);
    introspecting_ = true;
    clean_ = false;
    sql_.clear();
    begin(verb::head, context);
    stream_.begin();
    stream_number_ = number_;
    wire::introspect message;
    message.remaining_ns = left(context);
    message.credit = result_stream::credit;
    message.query_id = context.query_id;
    message.elapsed_ns = elapsed(context);
    message.part = part;
    message.first = first;
    message.last = last;
    lane_->out().send(wire::frame_type::introspect, id_, number_, message);
}

void session_channel::next(const backend::verb_context& context, completion<backend::batch> done) {
    // What has come is there to be read, even when the worker is gone.
    if (verb_ == verb::none && stream_.has_next()) {
        bool spent = false;
        auto batch = stream_.take_next(spent);
        if (spent && !stream_.over() && !gone_) {
            stream_.grant();
            lane_->out().send(
                wire::frame_type::credit, id_, stream_number_, wire::credit{.batches = 1}
            );
        }
        return done(std::move(batch));
    }
    // With a worker that is dying its end is waited for, which tells why.
    if (gone_ || verb_ != verb::none) return done(std::move(*refuse()));
    on_batch_ = std::move(done);
    verb_ = verb::next;
    deadline_ns_ = context.deadline_ns;
}

void session_channel::cancel() noexcept {
    if (gone_ || verb_ == verb::none || cancel_sent_) return;
    // Once: the worker repeats it until it has worked.
    cancel_sent_ = true;
    ++lane_->share().count.cancels;
    lane_->out().send(wire::frame_type::cancel, id_, number_);
}

void session_channel::reset(const backend::verb_context& context, completion<void> done) {
    if (verb_ == verb::none && (clean_ || (stream_.over() && stream_.clean()))) {
        clean_ = true;
        stream_.drop();
        rest();
        return done(result<void>());
    }
    if (auto no = refuse()) return done(std::move(*no));
    on_reset_ = std::move(done);
    deadline_ns_ = context.deadline_ns;
    verb_ = verb::reset;
    // The worker resets after a statement without rows, unasked.
    end_expected_ = stream_.ends_soon();
    if (!end_expected_) send_reset();
}

void session_channel::send_reset() {
    stream_.drop();
    begin(verb::reset, {.deadline_ns = deadline_ns_, .query_id = query_id_});
    const std::int64_t left_ns = std::max<std::int64_t>(deadline_ns_ - base::now_ns(), 0);
    lane_->out().send(wire::frame_type::reset, id_, number_, wire::timed{.remaining_ns = left_ns});
}

// Nothing is under way any more.
void session_channel::rest() {
    lane_->set_busy(*this, false);
    if (!gone_ && !lane_->takes_channels()) retire();
}

bool session_channel::alive() const noexcept {
    return !gone_ && !dead_ && lane_->works() &&
           (verb_ != verb::none || busy() || lane_->takes_channels());
}

void session_channel::retire() {
    if (busy() || gone_) return;
    lost_why_ = "is being replaced";
    leave(base::now_ns() + base::cancel_grace_ns, nullptr);
}

void session_channel::leave(std::int64_t deadline_ns, completion<void> done) {
    gone_ = true;
    reports_ = {};
    closing_parts parts{
        .lane = lane_,
        .id = id_,
        .verb = number_ + 1,
        .stream = std::move(stream_),
        .doing = doing(),
        .statement = std::string(statement()),
        .done = std::move(done)};
    stream_ = {};
    close_channel(std::move(parts), deadline_ns);
}

void session_channel::close(const backend::verb_context& context, completion<void> done) {
    if (gone_) return done(result<void>());
    if (!lane_->works()) {
        gone_ = true;
        return done(result<void>());
    }
    const std::int64_t grace = base::now_ns() + base::cancel_grace_ns;
    if (verb_ == verb::none) {
        return leave(std::min(context.deadline_ns, grace), std::move(done));
    }
    const auto self = shared_from_this();
    leave(grace, nullptr);
    stream_.begin();
    stream_.fail(base::contract_error(lane_->worker().share->plugin, "a verb did not end in time"));
    reset_outcome_ =
        error(base::contract_error(lane_->worker().share->plugin, "a reset did not end in time"));
    settled();
    done(result<void>());
}

result<void> session_channel::on_late_frame(wire::incoming& frame) {
    switch (frame.type()) {
        case wire::frame_type::head:
        case wire::frame_type::batch:
        case wire::frame_type::ended:
        case wire::frame_type::failed:
            if (frame.header.verb == stream_number_) return stream_.on_frame(frame, *lane_);
            break;
        case wire::frame_type::notice:
            return {};
        default:
            break;
    }
    return error{
        .kind = status::plugin_error,
        .message = "an answer of type " + std::to_string(frame.header.type) + " to verb " +
                   std::to_string(frame.header.verb) + ", when verb " + std::to_string(number_) +
                   " was the last",
        .from = origin::plugin};
}

result<void> session_channel::on_frame(wire::incoming& frame) {
    if (frame.type() == wire::frame_type::died) {
        // A verb under way says by itself what became of it.
        if (verb_ == verb::none) dead_ = true;
        lost_why_ = "lost its connection";
        return {};
    }
    lane_->worker().answered = true;
    if (frame.header.verb != number_) return on_late_frame(frame);
    switch (frame.type()) {
        case wire::frame_type::notice: {
            auto m = wire::decode<query_notice>(frame.payload);
            if (!m) return std::move(m).error();
            if (reports_.on_notice) reports_.on_notice(std::move(*m));
            return {};
        }
        case wire::frame_type::done:
            if (verb_ != verb::reset || reset_outcome_) return on_late_frame(frame);
            reset_outcome_ = result<void>();
            return {};
        case wire::frame_type::failed:
            if (verb_ != verb::reset || reset_outcome_) break;
            if (auto m = wire::decode<wire::failed>(frame.payload)) {
                reset_outcome_ = std::move(m->why);
                return {};
            } else {
                return std::move(m).error();
            }
        default:
            break;
    }
    return number_ == stream_number_ ? stream_.on_frame(frame, *lane_) : on_late_frame(frame);
}

void session_channel::settled() {
    const auto self = shared_from_this();
    if (verb_ == verb::head && stream_.has_head()) {
        verb_ = verb::none;
        std::exchange(on_head_, nullptr)(stream_.take_head());
    } else if (verb_ == verb::next && stream_.has_next()) {
        auto done = std::exchange(on_batch_, nullptr);
        verb_ = verb::none;
        next({.deadline_ns = deadline_ns_, .query_id = query_id_}, std::move(done));
    } else if (verb_ == verb::reset && end_expected_ && stream_.over() && !gone_) {
        end_expected_ = false;
        if (stream_.clean()) return answer_reset({});
        send_reset();
    } else if (verb_ == verb::reset && reset_outcome_) {
        answer_reset(std::move(*std::exchange(reset_outcome_, std::nullopt)));
    }
}

void session_channel::answer_reset(result<void> outcome) {
    verb_ = verb::none;
    clean_ = outcome.has_value();
    if (!gone_) rest();
    std::exchange(on_reset_, nullptr)(std::move(outcome));
}

void session_channel::lost(const death& why) {
    gone_ = true;
    reports_ = {};
    lost_why_ = describe(why);
    error mine = death_error(lane_->worker().share->plugin, why, doing());
    if (!stream_.over()) stream_.fail(mine);
    if (verb_ == verb::reset) reset_outcome_ = std::move(mine);
    settled();
}

std::string session_channel::doing() const {
    if (verb_ == verb::reset) return "resetting the session of query " + query_id_;
    if (introspecting_) return "reading the schema, query " + query_id_;
    return query_id_.empty() ? "closing a session" : "executing query " + query_id_;
}

namespace {

class remote_session final : public backend::session {
public:
    explicit remote_session(std::shared_ptr<session_channel> channel)
        : channel_(std::move(channel)) {}
    ~remote_session() override {
        channel_->close({base::now_ns() + base::cancel_grace_ns, "close"}, [](result<void>) {});
    }

    boost::asio::any_io_executor executor() const override {
        return channel_->lane().loop().get_executor();
    }
    void execute(
        backend::verb_context context,
        backend::execute_arguments what,
        completion<backend::head> done
    ) override {
        channel_->execute(context, std::move(what), std::move(done));
    }
    void introspect(
        backend::verb_context context,
        std::int32_t part,
        bool first,
        bool last,
        completion<backend::head> done
    ) override {
        channel_->introspect(context, part, first, last, std::move(done));
    }
    void next(backend::verb_context context, completion<backend::batch> done) override {
        channel_->next(context, std::move(done));
    }
    void cancel() noexcept override { channel_->cancel(); }
    void reset(backend::verb_context context, completion<void> done) override {
        channel_->reset(context, std::move(done));
    }
    bool alive() noexcept override { return channel_->alive(); }
    void close(backend::verb_context context, completion<void> done) override {
        channel_->close(context, std::move(done));
    }
    void set_reports(backend::reports sink) override { channel_->set_reports(std::move(sink)); }

private:
    const std::shared_ptr<session_channel> channel_;
};

}  // namespace

std::unique_ptr<backend::session> make_session(std::shared_ptr<session_channel> channel) {
    return std::make_unique<remote_session>(std::move(channel));
}

}  // namespace qry::supervisor
