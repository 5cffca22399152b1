// How work gets onto a loop: asio::post, and a word to whoever runs the loop just now. Posting
// without the word would leave the work lying there while the loop is lent to a guest.
#pragma once

#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include "base/loop_driver.hpp"

namespace qry::base {

template <class Work>
void post(boost::asio::io_context& loop, Work&& work) {
    const std::shared_ptr<loop_driver> driver = loop_driver::of(loop);
    // Kept: the work may bring the end of the loop.
    boost::asio::post(loop, std::forward<Work>(work));
    if (driver != nullptr) driver->posted();
}

template <class Work>
void post(const boost::asio::any_io_executor& loop, Work&& work) {
    const std::shared_ptr<loop_driver> driver = loop_driver::of(loop);
    boost::asio::post(loop, std::forward<Work>(work));
    if (driver != nullptr) driver->posted();
}

}  // namespace qry::base
