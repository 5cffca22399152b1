// A real `qry-host worker`, started as the host starts it, for tests.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "host_end.hpp"

namespace host_end {

class worker_process {
public:
    // Starts it with one session lane; says nothing yet.
    explicit worker_process(boost::asio::io_context& loop);
    // Kills what is left.
    ~worker_process();

    [[nodiscard]] int id() const noexcept { return pid_; }
    // hello, up to the answer that is expected.
    void greet(const std::string& plugin_folder, const std::string& plugin);
    // The exit status, or -signal; fails the test after ten seconds.
    [[nodiscard]] int wait();
    // What it wrote to standard error, once it has ended.
    [[nodiscard]] std::string output() const;

    std::unique_ptr<peer> control;
    std::unique_ptr<peer> lane;
    // The page of its flight recorder, after greet().
    std::span<const std::byte> flights;

private:
    int pid_ = -1;
    int status_ = 0;
    bool ended_ = false;
    unique_fd output_;
};

}  // namespace host_end
