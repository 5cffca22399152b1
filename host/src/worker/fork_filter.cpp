#include "worker/fork_filter.hpp"

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <iterator>
#include <string>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

namespace qry::worker {

#if defined(__x86_64__) || defined(__aarch64__)

namespace {

#if defined(__x86_64__)
constexpr unsigned own_architecture = AUDIT_ARCH_X86_64;
constexpr unsigned fork_number = SYS_fork;
constexpr unsigned vfork_number = SYS_vfork;
#else
constexpr unsigned own_architecture = AUDIT_ARCH_AARCH64;
// There is only clone.
constexpr unsigned fork_number = SYS_clone3;
constexpr unsigned vfork_number = SYS_clone3;
#endif

constexpr sock_filter load(std::size_t offset) {
    return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<unsigned>(offset));
}
// Goes on with the line `then` lines further down when it is equal, else with the next one.
constexpr sock_filter if_equal(unsigned value, unsigned char then) {
    return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, then, 0);
}
constexpr sock_filter answer(unsigned how) {
    return BPF_STMT(BPF_RET | BPF_K, how);
}
constexpr sock_filter refuse_with(int number) {
    return answer(SECCOMP_RET_ERRNO | static_cast<unsigned>(number));
}

}  // namespace

result<void> refuse_processes() {
    sock_filter lines[] = {
        load(offsetof(seccomp_data, arch)),
        if_equal(own_architecture, 1),
        answer(SECCOMP_RET_KILL_PROCESS),
        load(offsetof(seccomp_data, nr)),
        // Its flags lie in memory, where a filter cannot look: libraries then use clone.
        if_equal(SYS_clone3, 6),
        if_equal(fork_number, 6),
        if_equal(vfork_number, 5),
        if_equal(SYS_clone, 1),
        answer(SECCOMP_RET_ALLOW),
        // The low half of the first argument (both processors are little-endian).
        load(offsetof(seccomp_data, args)),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_THREAD, 2, 1),
        refuse_with(ENOSYS),
        refuse_with(EAGAIN),
        answer(SECCOMP_RET_ALLOW)};
    const sock_fprog program{.len = std::size(lines), .filter = lines};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0) return {};
    // A kernel without filters: the worker is still watched.
    if (errno == EINVAL) return {};
    return error{
        .kind = status::plugin_error,
        .message = std::string("prctl(PR_SET_SECCOMP): ") + std::strerror(errno),
        .from = origin::host};
}

#else

result<void> refuse_processes() {
    return {};
}

#endif

}  // namespace qry::worker
