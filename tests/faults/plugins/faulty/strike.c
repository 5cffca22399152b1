/* Ways to end, hold up or eat a process. Everything that grows has a bound of its own, so that the
 * machine survives a host that forgets its caps. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "faulty.h"

static volatile int zero;

static void invalid_address(void) {
    volatile int* nowhere = NULL;
    *nowhere = 1;
}

static void bus_error(void) {
    char name[] = "/tmp/qry-fault-XXXXXX";
    const int fd = mkstemp(name);
    unlink(name);
    volatile char* page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    page[0] = 1;
}

static int overflow(volatile char* outer) {
    volatile char frame[4096];
    frame[0] = outer[0];
    frame[4095] = (char)overflow(frame);
    return frame[0] + frame[4095];
}

static void block(void) {
    for (;;)
        pause();
}

static void spin(void) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
    for (volatile unsigned long i = 0;; ++i) {
    }
}

static void deadlock(void) {
    pthread_mutex_t twice = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&twice);
    pthread_mutex_lock(&twice);
}

static void eat_memory(void) {
    for (int i = 0; i < 96; ++i) {
        char* block_of = malloc(16 << 20);
        if (block_of == NULL) return;
        memset(block_of, 1, 16 << 20);
    }
}

static void leak_descriptors(void) {
    for (int i = 0; i < 20000 && dup(2) >= 0; ++i) {
    }
}

static void* idle(void* unused) {
    for (;;)
        pause();
    return unused;
}

static void start_threads(void) {
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 64 << 10);
    for (int i = 0; i < 3000; ++i) {
        pthread_t one;
        if (pthread_create(&one, &small, idle, NULL) != 0) return;
    }
}

/* Children that end by themselves, should nobody end them. */
static void start_processes(void) {
    for (int i = 0; i < 100; ++i) {
        const pid_t child = fork();
        if (child < 0) return;
        if (child == 0) {
            alarm(20);
            for (;;)
                pause();
        }
    }
}

static void fill_folder(void) {
    const char* folder = getenv("TMPDIR");
    char name[512];
    snprintf(name, sizeof name, "%s/qry-fill-XXXXXX", folder != NULL ? folder : "/tmp");
    const int fd = mkstemp(name);
    static char block_of[1 << 20];
    for (int i = 0; i < 64; ++i) {
        if (write(fd, block_of, sizeof block_of) <= 0) break;
    }
    unlink(name);
    close(fd);
}

static void shout(size_t megabytes) {
    static char line[1024];
    memset(line, 'x', sizeof line);
    line[sizeof line - 1] = '\n';
    for (size_t i = 0; i < megabytes * 1024; ++i) {
        if (write(2, line, sizeof line) < 0 && errno != EAGAIN) return;
    }
}

static void flood_log(void) {
    for (int i = 0; i < 200000; ++i)
        faulty_host->log(QRY_LOG_ERROR, "the same complaint as before, only louder");
}

/* Frames, as far as anybody could tell, on everything but the standard descriptors. */
static void write_garbage(void) {
    char junk[4096];
    for (size_t i = 0; i < sizeof junk; ++i)
        junk[i] = (char)(i * 37 + 11);
    for (int fd = 3; fd < 256; ++fd) {
        const int flags = fcntl(fd, F_GETFL);
        if (flags < 0) continue;
        fcntl(fd, F_SETFL, flags | O_NONBLOCK);
        if (write(fd, junk, sizeof junk) < 0) continue;
    }
}

static void close_everything(void) {
    for (int fd = 3; fd < 256; ++fd)
        close(fd);
}

struct kind {
    const char* name;
    void (*run)(void);
};

static void divide(void) {
    /* Of 1 the compiler knows all quotients, and divides nothing. */
    zero = 7 / zero;
}
static void illegal(void) {
    __builtin_trap();
}
static void recurse(void) {
    volatile char start = 0;
    zero = overflow(&start);
}
static void leave(void) {
    exit(0);
}
static void leave_at_once(void) {
    _exit(3);
}
static void shout_64(void) {
    shout(64);
}
static void shout_1024(void) {
    shout(1024);
}
static void killed(void) {
    kill(getpid(), SIGKILL);
}
static void stopped(void) {
    kill(getpid(), SIGSTOP);
    /* The other threads are stopped a moment later than this one returns. */
    block();
}

static const struct kind kinds[] = {
    {"segv", invalid_address},
    {"abort", abort},
    {"bus", bus_error},
    {"fpe", divide},
    {"ill", illegal},
    {"stack", recurse},
    {"exit", leave},
    {"_exit", leave_at_once},
    {"kill", killed},
    {"stop", stopped},
    {"block", block},
    {"spin", spin},
    {"deadlock", deadlock},
    {"memory", eat_memory},
    {"fds", leak_descriptors},
    {"threads", start_threads},
    {"forks", start_processes},
    {"fill", fill_folder},
    {"stderr64", shout_64},
    {"stderr1024", shout_1024},
    {"log", flood_log},
    {"garbage", write_garbage},
    {"closeall", close_everything},
};

void strike(const char* kind) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; ++i) {
        if (strcmp(kinds[i].name, kind) == 0) {
            kinds[i].run();
            return;
        }
    }
    strike_by_leaving(kind);
}

void strike_at(const struct fault* fault, const char* place) {
    if (strcmp(fault->place, place) == 0) strike(fault->kind);
}
