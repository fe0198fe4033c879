/* Faults at chosen system calls of a server: a library to preload (see fault_shim.py).
 *
 * Between the program and libc it looks at each call that changes or reads files. While a rule is
 * armed, a call of its kinds on a path of its pattern is counted, and the one that is due is
 * struck: it fails with an error, or before or behind it all processes of the group are killed,
 * after the power of their file system was cut or not, or the process is stopped until somebody
 * lets it go on. Besides it shifts the wall clock.
 *
 * The rule lies in a file of one page that all processes map, and the test with them.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* fault_shim.py writes the same layout and the same numbers. */
enum { WRITE = 1, SYNC = 2, NAME = 4, REMOVE = 8, READ = 16, CLOSE = 32, LOCK = 64 };
enum { FAIL = 0, KILL = 1, CUT = 2, STOP = 3 };

struct control {
    _Atomic uint32_t armed;
    uint32_t calls;
    uint32_t behind; /* 0: before the call, 1: behind it */
    uint32_t action;
    int32_t error;
    uint32_t lasting; /* strikes go on after the first */
    _Atomic int32_t countdown;
    _Atomic uint32_t strikes;
    _Atomic int64_t clock_shift; /* nanoseconds */
    uint32_t first_calls; /* the rule holds from such a call on, 0: at once */
    _Atomic uint32_t holds;
    char first_pattern[256];
    char pattern[256];
    char mount_point[512];
};

#define FS_IOC_SHUTDOWN 0x8004587DU
#define NO_LOG_FLUSH 2U

static struct control *control;

__attribute__((constructor)) static void map_control(void)
{
    const char *path = getenv("PILLARBOX_TEST_FAULTS");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *page = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (page != MAP_FAILED)
        control = page;
    close(fd);
}

static void end_or_stop(void)
{
    if (control->action == STOP) {
        kill(getpid(), SIGSTOP);
        return;
    }
    if (control->action == CUT) {
        /* Whatever is answered from now on is not believed: `strikes` was raised before. */
        int fd = open(control->mount_point, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        uint32_t flags = NO_LOG_FLUSH;
        if (fd < 0 || ioctl(fd, FS_IOC_SHUTDOWN, &flags) != 0)
            abort();
    }
    kill(0, SIGKILL);
    for (;;)
        pause();
}

/* Whether calls of this kind are of interest at the moment. */
static int is_watched(uint32_t call)
{
    return control && atomic_load(&control->armed) &&
           ((control->calls | control->first_calls) & call);
}

/* Whether this call is the one; if the rule is to kill before it, this does not return. */
static int is_due(uint32_t call, const char *path)
{
    if (!atomic_load(&control->holds)) {
        if ((control->first_calls & call) && fnmatch(control->first_pattern, path, 0) == 0)
            atomic_store(&control->holds, 1);
        return 0;
    }
    if (!(control->calls & call) || fnmatch(control->pattern, path, 0) != 0)
        return 0;
    int32_t left = atomic_fetch_sub(&control->countdown, 1);
    if (left > 1 || (left < 1 && !control->lasting))
        return 0;
    if (control->action == FAIL || !control->behind)
        atomic_fetch_add(&control->strikes, 1);
    if (control->action != FAIL && !control->behind)
        end_or_stop();
    return 1;
}

static int is_due_fd(uint32_t call, int fd)
{
    if (!is_watched(call))
        return 0;
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    return is_due(call, path);
}

static int is_due_at(uint32_t call, int folder, const char *name)
{
    if (!is_watched(call))
        return 0;
    if (folder == AT_FDCWD || name[0] == '/')
        return is_due(call, name);
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", folder);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0 || length + strlen(name) + 2 > sizeof path)
        return 0;
    snprintf(path + length, sizeof path - length, "/%s", name);
    return is_due(call, path);
}

static int must_fail(int due)
{
    if (due && control->action == FAIL) {
        errno = control->error;
        return 1;
    }
    return 0;
}

static void done(int due)
{
    if (due && control->action != FAIL && control->behind) {
        atomic_fetch_add(&control->strikes, 1);
        end_or_stop();
    }
}

#define REAL(type, name, ...)                                       \
    static type (*real)(__VA_ARGS__);                               \
    if (!real)                                                      \
        real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name);

/* A function of a call on a descriptor. */
#define ON_DESCRIPTOR(call, type, name, parameters, arguments, ...) \
    type name parameters                                            \
    {                                                               \
        REAL(type, #name, __VA_ARGS__)                              \
        int due = is_due_fd(call, fd);                              \
        if (must_fail(due))                                         \
            return -1;                                              \
        type result = real arguments;                               \
        done(due);                                                  \
        return result;                                              \
    }

ON_DESCRIPTOR(WRITE, ssize_t, write, (int fd, const void *data, size_t size), (fd, data, size), int,
              const void *, size_t)
ON_DESCRIPTOR(WRITE, ssize_t, writev, (int fd, const struct iovec *data, int count),
              (fd, data, count), int, const struct iovec *, int)
ON_DESCRIPTOR(WRITE, ssize_t, pwrite, (int fd, const void *data, size_t size, off_t at),
              (fd, data, size, at), int, const void *, size_t, off_t)
ON_DESCRIPTOR(WRITE, ssize_t, pwrite64, (int fd, const void *data, size_t size, off64_t at),
              (fd, data, size, at), int, const void *, size_t, off64_t)
ON_DESCRIPTOR(READ, ssize_t, read, (int fd, void *data, size_t size), (fd, data, size), int, void *,
              size_t)
ON_DESCRIPTOR(READ, ssize_t, pread, (int fd, void *data, size_t size, off_t at),
              (fd, data, size, at), int, void *, size_t, off_t)
ON_DESCRIPTOR(READ, ssize_t, pread64, (int fd, void *data, size_t size, off64_t at),
              (fd, data, size, at), int, void *, size_t, off64_t)
ON_DESCRIPTOR(SYNC, int, fsync, (int fd), (fd), int)
ON_DESCRIPTOR(SYNC, int, fdatasync, (int fd), (fd), int)
ON_DESCRIPTOR(LOCK, int, flock, (int fd, int operation), (fd, operation), int, int)
ON_DESCRIPTOR(CLOSE, int, close, (int fd), (fd), int)

int linkat(int from_folder, const char *from, int folder, const char *name, int flags)
{
    REAL(int, "linkat", int, const char *, int, const char *, int)
    int due = is_due_at(NAME, folder, name);
    if (must_fail(due))
        return -1;
    int result = real(from_folder, from, folder, name, flags);
    done(due);
    return result;
}

int renameat(int from_folder, const char *from, int folder, const char *name)
{
    REAL(int, "renameat", int, const char *, int, const char *)
    int due = is_due_at(NAME, folder, name);
    if (must_fail(due))
        return -1;
    int result = real(from_folder, from, folder, name);
    done(due);
    return result;
}

int unlinkat(int folder, const char *name, int flags)
{
    REAL(int, "unlinkat", int, const char *, int)
    int due = is_due_at(REMOVE, folder, name);
    if (must_fail(due))
        return -1;
    int result = real(folder, name, flags);
    done(due);
    return result;
}

#define ON_PATH(call, name)                       \
    int name(const char *path)                    \
    {                                             \
        REAL(int, #name, const char *)            \
        int due = is_due_at(call, AT_FDCWD, path); \
        if (must_fail(due))                       \
            return -1;                            \
        int result = real(path);                  \
        done(due);                                \
        return result;                            \
    }

ON_PATH(REMOVE, unlink)
ON_PATH(REMOVE, rmdir)

/* --- the wall clock --- */

static int64_t shift(void)
{
    return control ? atomic_load(&control->clock_shift) : 0;
}

int clock_gettime(clockid_t clock, struct timespec *now)
{
    REAL(int, "clock_gettime", clockid_t, struct timespec *)
    int result = real(clock, now);
    int64_t by = shift();
    if (result == 0 && by && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) {
        int64_t nanoseconds = now->tv_nsec + by % 1000000000;
        now->tv_sec += by / 1000000000;
        if (nanoseconds < 0) {
            nanoseconds += 1000000000;
            now->tv_sec--;
        } else if (nanoseconds >= 1000000000) {
            nanoseconds -= 1000000000;
            now->tv_sec++;
        }
        now->tv_nsec = nanoseconds;
    }
    return result;
}

time_t time(time_t *result)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (result)
        *result = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict result, void *restrict zone)
{
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    result->tv_sec = now.tv_sec;
    result->tv_usec = now.tv_nsec / 1000;
    return 0;
}
