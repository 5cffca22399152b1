// A call with one question and one answer, perhaps with reports in between.
#pragma once

#include <utility>

#include <qry/host.hpp>

#include "client/link.hpp"

namespace qry::client {

// Question: what is sent; Value: what the completion carries; Read: result<Value>(incoming&, link&)
// for the last answer.
template <class Question, class Value, class Read>
class asked final : public pending {
public:
    asked(
        daemon::call_type type,
        Question question,
        daemon::call_type last,
        Read read,
        completion<Value> done
    )
        : type_(type),
          last_(last),
          question_(std::move(question)),
          read_(std::move(read)),
          done_(std::move(done)) {}

    // report(incoming&) -> result<void>, for frames of that type before the last one.
    void on_report(daemon::call_type type, callback<result<void>(wire::incoming&)> report) {
        report_type_ = type;
        report_ = std::move(report);
    }

    [[nodiscard]] daemon::call_type type() const noexcept override { return type_; }
    [[nodiscard]] std::string_view write(wire::writer& to) override {
        return daemon::encode(to, question_);
    }
    [[nodiscard]] result<bool> answer(wire::incoming& in, link&) override {
        const auto found = static_cast<daemon::call_type>(in.header.type);
        if (report_ && found == report_type_) {
            if (auto told = report_(in); !told) return std::move(told).error();
            return false;
        }
        if (found != last_) {
            return error{
                .kind = status::plugin_error,
                .message = "frame " + std::string(daemon::call_name(found)) + " does not answer " +
                           std::string(daemon::call_name(type_)),
                .from = origin::host};
        }
        auto value = read_(in);
        // What cannot be read ends the connection, and so this call.
        if (!value && value.error().kind == status::plugin_error) return std::move(value).error();
        auto done = std::exchange(done_, nullptr);
        done(std::move(value));
        return true;
    }
    void fail(error why) override {
        if (auto done = std::exchange(done_, nullptr)) done(std::move(why));
    }

private:
    const daemon::call_type type_;
    const daemon::call_type last_;
    const Question question_;
    Read read_;
    completion<Value> done_;
    daemon::call_type report_type_{};
    callback<result<void>(wire::incoming&)> report_;
};

// Cancels a call at the daemon; the completion comes when that has answered.
class remote_operation final : public operation {
public:
    remote_operation(link_ptr over, pending_ptr what)
        : link_(std::move(over)), what_(std::move(what)) {}
    void cancel() noexcept override { link_->cancel(what_); }

private:
    const link_ptr link_;
    const pending_ptr what_;
};

// Value: a message as it came.
template <class Message>
[[nodiscard]] auto as_it_came() {
    return [](wire::incoming& in) { return daemon::decode<Message>(in.payload); };
}

template <class Question, class Value, class Read>
[[nodiscard]] auto make_asked(
    daemon::call_type type,
    Question question,
    daemon::call_type last,
    Read read,
    completion<Value> done
) {
    return std::make_shared<asked<Question, Value, Read>>(
        type, std::move(question), last, std::move(read), std::move(done)
    );
}

}  // namespace qry::client
