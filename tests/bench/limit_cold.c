/* limit_cold: loads libpq, connects to $PGURI, reads one row. Nothing that starts a client from
 * nothing can be faster. */
#include <dlfcn.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

#define GET(name) __typeof__(&name) p_##name = (__typeof__(&name))dlsym(libpq, #name)

int main(void) {
    const double begin = now();
    void* libpq = dlopen("libpq.so.5", RTLD_NOW);
    if (!libpq) return 1;
    GET(PQconnectdb);
    GET(PQexec);
    GET(PQgetvalue);
    GET(PQntuples);
    PGconn* pg = p_PQconnectdb(getenv("PGURI"));
    PGresult* result = p_PQexec(pg, "select 1");
    if (p_PQntuples(result) != 1) return 1;
    printf("%.9f %s\n", now() - begin, p_PQgetvalue(result, 0, 0));
    return 0;
}
