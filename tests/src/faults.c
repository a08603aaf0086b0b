/* Faults of a machine, for one process: it dies before its n-th change of a disk, or changes fail, or
 * its clock is off. Built by faults.rs and named in LD_PRELOAD; works on programs as people get them.
 *
 * Every system call that changes files is made to trap (seccomp), whoever makes it: the C library or
 * code that does without. The handler counts over all threads, then makes the call itself. What is to
 * happen stands in a file that is mapped, so that a test can change it while the process runs:
 *
 *   word 0  changes so far          word 3  the error that changes end with (errno), 0: none
 *   word 1  die before this one     word 4  which end so: sum of 1 writes, 2 syncs, 4 names
 *   word 2  1: half a write first   word 5  seconds the clock is ahead
 *
 * Where FAULTS_LOG names a file, every change is also written to it, in the order of their ends, for
 * power_cut.rs: 5 words (kind, offset, lengths of path, other path, bytes), then these. No two changes
 * run at once then, so that whatever stands before a sync was written before it began. A sync that
 * fails is written as well: the system then counts as written what is not on the disk.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

enum { CALLS, DIE_AT, TEAR, ERROR, WHICH, CLOCK, N_WORDS };
enum { WRITES = 1, SYNCS = 2, NAMES = 4 };

static volatile int64_t *words;

/* The only place whose calls do not trap: the filter knows the address behind its instruction. */
long faults_call(long number, long a, long b, long c, long d, long e, long f);
extern char faults_behind[];
#if defined(__x86_64__)
#define THIS_MACHINE AUDIT_ARCH_X86_64
__asm__(".text\n.globl faults_call\n.hidden faults_call\n.hidden faults_behind\n.globl faults_behind\n"
        "faults_call:\n mov %rdi,%rax\n mov %rsi,%rdi\n mov %rdx,%rsi\n mov %rcx,%rdx\n mov %r8,%r10\n"
        " mov %r9,%r8\n mov 8(%rsp),%r9\n syscall\nfaults_behind:\n ret\n");
#define ARGUMENT(context, n) ((long)(context)->uc_mcontext.gregs[ \
    (int[]){REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8, REG_R9}[n]])
#define RESULT(context) (context)->uc_mcontext.gregs[REG_RAX]
#elif defined(__aarch64__)
#define THIS_MACHINE AUDIT_ARCH_AARCH64
__asm__(".text\n.globl faults_call\n.hidden faults_call\n.hidden faults_behind\n.globl faults_behind\n"
        "faults_call:\n mov x8,x0\n mov x0,x1\n mov x1,x2\n mov x2,x3\n mov x3,x4\n mov x4,x5\n"
        " mov x5,x6\n svc 0\nfaults_behind:\n ret\n");
#define ARGUMENT(context, n) ((long)(context)->uc_mcontext.regs[n])
#define RESULT(context) (context)->uc_mcontext.regs[0]
#else
#error "x86_64 and aarch64 only"
#endif

static const int trapped[] = {
    SYS_write, SYS_writev, SYS_pwrite64, SYS_pwritev, SYS_pwritev2, SYS_fsync, SYS_fdatasync, SYS_syncfs,
    SYS_ftruncate, SYS_fallocate, SYS_openat, SYS_renameat2, SYS_unlinkat, SYS_linkat, SYS_mkdirat,
#ifdef SYS_open
    SYS_open, SYS_rename, SYS_unlink, SYS_link, SYS_mkdir, SYS_rmdir, SYS_chmod,
#endif
    SYS_fchmod, SYS_fchmodat,
#ifdef SYS_renameat
    SYS_renameat,
#endif
};

static int is_there(long folder, long path) {
    struct stat found;
    return !faults_call(SYS_newfstatat, folder, path, (long)&found, AT_SYMLINK_NOFOLLOW, 0, 0);
}

/* Whether a file is opened that is not there yet, or is cut. */
static int makes(long folder, long path, long flags) {
    return (flags & O_TRUNC) || ((flags & O_CREAT) && !is_there(folder, path));
}

/* What a call changes on a disk: WRITES, SYNCS, NAMES; 0 if nothing. Sockets and logs do not count. */
static int changes(long number, const long *a) {
    struct stat found;
    switch (number) {
    case SYS_write: case SYS_writev: case SYS_pwrite64: case SYS_pwritev: case SYS_pwritev2:
        if (a[0] <= 2 || faults_call(SYS_fstat, a[0], (long)&found, 0, 0, 0, 0)) return 0;
        return S_ISREG(found.st_mode) ? WRITES : 0;
    case SYS_ftruncate: case SYS_fallocate:
        return WRITES;
    case SYS_fsync: case SYS_fdatasync: case SYS_syncfs:
        return SYNCS;
    case SYS_openat:
        return makes(a[0], a[1], a[2]) ? NAMES : 0;
    case SYS_mkdirat:
        return is_there(a[0], a[1]) ? 0 : NAMES;
#ifdef SYS_open
    case SYS_open:
        return makes(AT_FDCWD, a[0], a[1]) ? NAMES : 0;
    case SYS_mkdir:
        return is_there(AT_FDCWD, a[0]) ? 0 : NAMES;
#endif
    default:
        return NAMES;
    }
}

static void die(long number, const long *a) {
    if (words[TEAR] && (number == SYS_write || number == SYS_pwrite64) && a[2] > 1)
        faults_call(number, a[0], a[1], a[2] / 2, a[3], 0, 0);
    faults_call(SYS_kill, faults_call(SYS_getpid, 0, 0, 0, 0, 0, 0), SIGKILL, 0, 0, 0, 0);
    for (;;) faults_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
}

enum { WROTE = 1, CUT, SYNCED, RENAMED, REMOVED, MADE, MADE_FOLDER, LINKED, LOST };

static int log_file = -1;
static char is_busy;

static void put(const void *bytes, size_t length) {
    if (length) faults_call(SYS_write, log_file, (long)bytes, length, 0, 0, 0);
}

static void note(int kind, uint64_t offset, const char *path, const char *other, const void *bytes,
                 uint64_t length) {
    uint64_t head[5] = {kind, offset, strlen(path), other ? strlen(other) : 0, length};
    put(head, sizeof head);
    put(path, head[2]);
    put(other, head[3]);
    put(bytes, length);
}

/* What a call changed, after it ended with `result`, as all but syncs only do when they succeed; `at` is where its file stood before. */
static void record(long number, const long *a, long result, int64_t at) {
    char link[64] = "/proc/self/fd/", path[4096], digits[20];
    size_t n = 0, end = strlen(link);
    for (long left = a[0]; left >= 0 && (left || !n); left /= 10) digits[n++] = '0' + left % 10;
    while (n) link[end++] = digits[--n];
    long length = faults_call(SYS_readlinkat, AT_FDCWD, (long)link, (long)path, sizeof path - 1, 0, 0);
    path[length > 0 ? length : 0] = 0;
    const struct iovec *pieces = (const struct iovec *)a[1];
    switch (number) {
    case SYS_write: note(WROTE, at, path, 0, (void *)a[1], result); break;
    case SYS_pwrite64: note(WROTE, a[3], path, 0, (void *)a[1], result); break;
    case SYS_writev: case SYS_pwritev: case SYS_pwritev2:
        if (number != SYS_writev) at = a[3];
        for (; result > 0; pieces++) {
            long taken = result < (long)pieces->iov_len ? result : (long)pieces->iov_len;
            note(WROTE, at, path, 0, pieces->iov_base, taken);
            at += taken, result -= taken;
        }
        break;
    case SYS_ftruncate: note(CUT, a[1], path, 0, 0, 0); break;
    case SYS_fsync: case SYS_fdatasync: note(result < 0 ? LOST : SYNCED, 0, path, 0, 0, 0); break;
    case SYS_openat: note(MADE, 0, (char *)a[1], 0, 0, 0); break;
    case SYS_mkdirat: note(MADE_FOLDER, 0, (char *)a[1], 0, 0, 0); break;
    case SYS_unlinkat: note(REMOVED, 0, (char *)a[1], 0, 0, 0); break;
    case SYS_linkat: note(LINKED, 0, (char *)a[1], (char *)a[3], 0, 0); break;
    case SYS_renameat2: note(RENAMED, 0, (char *)a[1], (char *)a[3], 0, 0); break;
#ifdef SYS_open
    case SYS_open: note(MADE, 0, (char *)a[0], 0, 0, 0); break;
    case SYS_mkdir: note(MADE_FOLDER, 0, (char *)a[0], 0, 0, 0); break;
    case SYS_unlink: case SYS_rmdir: note(REMOVED, 0, (char *)a[0], 0, 0, 0); break;
    case SYS_link: note(LINKED, 0, (char *)a[0], (char *)a[1], 0, 0); break;
    case SYS_rename: note(RENAMED, 0, (char *)a[0], (char *)a[1], 0, 0); break;
#endif
#ifdef SYS_renameat
    case SYS_renameat: note(RENAMED, 0, (char *)a[1], (char *)a[3], 0, 0); break;
#endif
    }
}

/* Where the next byte of a write goes; only calls that use the file's own place ask. */
static int64_t place_of(long number, long file) {
    struct stat found;
    if (number != SYS_write && number != SYS_writev) return 0;
    if (!(faults_call(SYS_fcntl, file, F_GETFL, 0, 0, 0, 0) & O_APPEND))
        return faults_call(SYS_lseek, file, 0, SEEK_CUR, 0, 0, 0);
    faults_call(SYS_fstat, file, (long)&found, 0, 0, 0, 0);
    return found.st_size;
}

static long recorded(long number, const long *a, int kind) {
    while (__atomic_exchange_n(&is_busy, 1, __ATOMIC_ACQUIRE))
        faults_call(SYS_sched_yield, 0, 0, 0, 0, 0, 0);
    int64_t at = place_of(number, a[0]);
    int is_to_fail = words[ERROR] && (words[WHICH] & kind);
    long result = is_to_fail ? -words[ERROR] : faults_call(number, a[0], a[1], a[2], a[3], a[4], a[5]);
    if (result >= 0 || kind == SYNCS) record(number, a, result, at);
    __atomic_store_n(&is_busy, 0, __ATOMIC_RELEASE);
    return result;
}

static long call(long number, const long *a) {
    int kind = changes(number, a);
    if (kind) {
        int64_t so_far = __atomic_add_fetch(&words[CALLS], 1, __ATOMIC_SEQ_CST);
        if (words[DIE_AT] && so_far >= words[DIE_AT]) die(number, a);
        if (log_file >= 0) return recorded(number, a, kind);
        if (words[ERROR] && (words[WHICH] & kind)) return -words[ERROR];
    }
    return faults_call(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static void on_trap(int signal, siginfo_t *why, void *raw) {
    (void)signal;
    ucontext_t *context = raw;
    long a[6];
    for (int n = 0; n < 6; n++) a[n] = ARGUMENT(context, n);
    int kept = errno;
    RESULT(context) = call(why->si_syscall, a);
    errno = kept;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int failed = syscall(SYS_clock_gettime, clock, now);
    if (!failed && words && clock == CLOCK_REALTIME) now->tv_sec += words[CLOCK];
    return failed;
}

static int trap(void) {
    enum { N = sizeof trapped / sizeof *trapped };
    uint64_t behind = (uint64_t)(uintptr_t)faults_behind;
    struct sock_filter filter[N + 9];
    unsigned n = 0;
#define WORD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define IS(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, yes, no)
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, what)
    filter[n++] = (struct sock_filter)WORD(arch);
    filter[n++] = (struct sock_filter)IS(THIS_MACHINE, 0, N + 5);
    filter[n++] = (struct sock_filter)WORD(instruction_pointer);
    filter[n++] = (struct sock_filter)IS((uint32_t)behind, 0, 2);
    filter[n++] = (struct sock_filter)BPF_STMT(
        BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, instruction_pointer) + 4);
    filter[n++] = (struct sock_filter)IS((uint32_t)(behind >> 32), N + 1, 0);
    filter[n++] = (struct sock_filter)WORD(nr);
    for (unsigned i = 0; i < N; i++, n++) filter[n] = (struct sock_filter)IS((uint32_t)trapped[i], N - i, 0);
    filter[n++] = (struct sock_filter)RETURN(SECCOMP_RET_ALLOW);
    filter[n++] = (struct sock_filter)RETURN(SECCOMP_RET_TRAP);
    struct sock_fprog program = {.len = (unsigned short)n, .filter = filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

__attribute__((constructor)) static void start(void) {
    const char *path = getenv("FAULTS");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *mapped = mmap(NULL, N_WORDS * sizeof *words, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (file < 0 || mapped == MAP_FAILED) _exit(99);
    close(file);
    words = mapped;
    const char *log = getenv("FAULTS_LOG");
    if (log) log_file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART};
    if (sigaction(SIGSYS, &action, NULL) || trap()) _exit(99);
}
