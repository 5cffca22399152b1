/* What cannot be left out, in C: the figures that the clients are held against.
 *
 *   limits read SQL      reads all rows by the extended protocol, binary, and discards them
 *   limits first SQL     the first row in libpq's single-row mode, then cancels
 *   limits select1 N     SELECT 1, N times, by libpq, each waited for
 *
 * Runs once for each line on standard input, and answers with the number of rows. $PGURI names the
 * server.
 */
#include <arpa/inet.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void fail(const char* what) {
    fprintf(stderr, "limits: %s\n", what);
    exit(1);
}

static char* put(char* at, unsigned value) {
    value = htonl(value);
    memcpy(at, &value, 4);
    return at + 4;
}

/* Parse, Bind, Execute, Sync of an unnamed statement whose columns come in binary. */
static void send_query(int fd, const char* sql) {
    const size_t n = strlen(sql);
    char* out = malloc(n + 64);
    char* at = out;
    *at++ = 'P', at = put(at, (unsigned)(4 + 1 + n + 1 + 2)), *at++ = 0;
    memcpy(at, sql, n + 1), at += n + 1, *at++ = 0, *at++ = 0;
    *at++ = 'B', at = put(at, 4 + 1 + 1 + 2 + 2 + 2 + 2);
    memcpy(at, "\0\0\0\0\0\0\0\1\0\1", 10), at += 10;
    *at++ = 'E', at = put(at, 4 + 1 + 4), *at++ = 0, at = put(at, 0);
    *at++ = 'S', at = put(at, 4);
    for (char* from = out; from != at;) {
        const ssize_t sent = write(fd, from, (size_t)(at - from));
        if (sent <= 0) fail("write");
        from += sent;
    }
    free(out);
}

/* libpq has connected and is idle: its socket is read without it. */
static long read_all(PGconn* pg, const char* sql) {
    static char buffer[1 << 18];
    const int fd = PQsocket(pg);
    long rows = 0;
    size_t filled = 0, skip = 0;
    send_query(fd, sql);
    for (;;) {
        const ssize_t got = recv(fd, buffer + filled, sizeof buffer - filled, 0);
        if (got <= 0) {
            if (got == 0) fail("the server has closed the connection");
            poll(
                &(struct pollfd){.fd = fd, .events = POLLIN}, 1, -1
            ); /* libpq's are non-blocking */
            continue;
        }
        filled += (size_t)got;
        size_t at = skip < filled ? skip : filled;
        skip -= at;
        while (skip == 0 && filled - at >= 5) {
            unsigned length;
            memcpy(&length, buffer + at + 1, 4);
            const char kind = buffer[at];
            if (kind == 'E') fail(buffer + at + 5);
            rows += kind == 'D';
            if (kind == 'Z') return rows;
            skip = ntohl(length) + 1;
            const size_t here = skip < filled - at ? skip : filled - at;
            at += here, skip -= here;
        }
        memmove(buffer, buffer + at, filled - at);
        filled -= at;
    }
}

static long first_row(PGconn* pg, const char* sql) {
    PGresult* result;
    if (!PQsendQueryParams(pg, sql, 0, NULL, NULL, NULL, NULL, 1)) fail(PQerrorMessage(pg));
    PQsetSingleRowMode(pg);
    result = PQgetResult(pg);
    if (PQresultStatus(result) != PGRES_SINGLE_TUPLE) fail(PQerrorMessage(pg));
    printf("%d\n", PQntuples(result)), fflush(stdout);
    PQclear(result);
    char why[256];
    PGcancel* cancel = PQgetCancel(pg);
    PQcancel(cancel, why, sizeof why);
    PQfreeCancel(cancel);
    while ((result = PQgetResult(pg)))
        PQclear(result);
    return -1;
}

static long select1(PGconn* pg, long count) {
    for (long i = 0; i < count; ++i) {
        PGresult* result = PQexecParams(pg, "select 1", 0, NULL, NULL, NULL, NULL, 1);
        if (PQresultStatus(result) != PGRES_TUPLES_OK) fail(PQerrorMessage(pg));
        PQclear(result);
    }
    return count;
}

int main(int argc, char** argv) {
    char line[16];
    if (argc != 3) fail("expected a command and its argument");
    PGconn* pg = PQconnectdb(getenv("PGURI"));
    if (PQstatus(pg) != CONNECTION_OK) fail(PQerrorMessage(pg));
    while (fgets(line, sizeof line, stdin)) {
        const long rows = !strcmp(argv[1], "read")    ? read_all(pg, argv[2])
                          : !strcmp(argv[1], "first") ? first_row(pg, argv[2])
                                                      : select1(pg, atol(argv[2]));
        if (rows >= 0) printf("%ld\n", rows), fflush(stdout);
    }
    PQfinish(pg);
    return 0;
}
