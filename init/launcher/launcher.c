// The command `rollcall` in pods: a static program that starts the runner, which is JavaScript, in any image and
// environment. It does five things that Node.js cannot do for itself:
//
//   - Node.js obeys NODE_OPTIONS, the dynamic loader obeys LD_PRELOAD, and OpenSSL obeys OPENSSL_CONF and /etc/ssl
// before any JavaScript runs. So Node.js starts with an empty environment; the application's variables are passed
//     over with a "+" before each name, and the runner gives them to the steps (init/world/environment.ts).
//   - Node.js reaps only its own children. As process 1 of a container this program reaps all orphans.
// - Node.js sees no real-time signal. This program treats any signal that stops the container as a stop.
// - If Node.js cannot start, this program writes the reason to standard error, and to the container's
//     termination message if the container is one of Rollcall's.
//   - `background COMMAND...` runs COMMAND beside the container's own program, and again if it fails.
// It needs only its own folder from the file system. Built by build/images/launcher.ts.
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// Node.js can hang at its start if it gets no memory for its threads. On a busy machine a start takes seconds.
#ifndef START_SECONDS
#define START_SECONDS 120
#endif

// Between two starts of a command in the background that has failed.
#ifndef RESTART_SECONDS
#define RESTART_SECONDS 15
#endif

enum { EXIT_FAILED = 1, EXIT_BAD_PLAN = 2, EXIT_UNKNOWN = 3, EXIT_SIGNALED = 128 };

static const char LAUNCHER_ENV[] = "ROLLCALL_LAUNCHER=";
static const char TERMINATION_LOG[] = "/dev/termination-log";
static const char CONTAINER_LOG[] = "/proc/1/fd/1";

/** A text of bounded length; the rest is truncated. */
struct text {
  char bytes[2048];
  size_t length;
};

static void add(struct text *text, const char *more) {
  size_t length = strlen(more);
  size_t room = sizeof text->bytes - 1 - text->length;
  if (length > room) length = room;
  memcpy(text->bytes + text->length, more, length);
  text->length += length;
  text->bytes[text->length] = 0;
}

static void add_number(struct text *text, unsigned long long number) {
  char digits[24];
  char *at = digits + sizeof digits - 1;
  *at = 0;
  do *--at = (char)('0' + number % 10);
  while ((number /= 10) > 0);
  add(text, at);
}

/** The command line, and what is needed to report a failure. */
struct invocation {
  int argc;
  char **argv;
  /** the application's environment */
  char **environment;
  /** the folder of this program, and of the runner's other files */
  char folder[PATH_MAX];
  const char *termination_log;
  /** the application's own command, after "--"; NULL if there is none */
  char **own_command;
  /** the signals that this program waits for */
  sigset_t signals;
  /** the signal mask of Node.js and the application's command: the one that this program was started with */
  sigset_t mask;
};

static bool is_command(const struct invocation *invocation, const char *name) {
  return invocation->argc > 1 && strcmp(invocation->argv[1], name) == 0;
}

/** Whether the container is one of Rollcall's, whose termination message the runner writes. */
static bool is_own_container(const struct invocation *invocation) {
  return is_command(invocation, "run") || is_command(invocation, "install");
}

/** Writes to an existing file without blocking. */
static void write_existing(const char *path, bool only_if_empty, const struct text *text) {
  int file = open(path, O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return;
  struct stat found;
  // the runner's own message is more specific
  bool skip = only_if_empty && (fstat(file, &found) != 0 || found.st_size > 0);
  if (!skip && write(file, text->bytes, text->length) < 0) errno = 0;
  close(file);
}

/** Reports why the runner failed: to standard error, the termination message and the container's log. */
static void tell(const struct invocation *invocation, const char *name, const char *why) {
  struct text line = {0};
  add(&line, "rollcall: ");
  add(&line, name);
  add(&line, ": ");
  add(&line, why);
  add(&line, "\n");
  if (write(STDERR_FILENO, line.bytes, line.length) < 0) errno = 0;
  struct text message = {0};
  add(&message, name);
  add(&message, ": ");
  add(&message, why);
  if (is_own_container(invocation)) write_existing(invocation->termination_log, true, &message);
  // the kubelet discards the output of a preStop, so write to the log of the container's process 1
  if (is_command(invocation, "leave")) write_existing(CONTAINER_LOG, false, &line);
}

/** Reads the first number of a cgroup's limit file. @returns false: no file, or no limit */
static bool read_limit(const char *path, unsigned long long *limit) {
  char bytes[32] = {0};
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  ssize_t length = read(file, bytes, sizeof bytes - 1);
  close(file);
  if (length <= 0 || bytes[0] < '0' || bytes[0] > '9') return false;
  *limit = strtoull(bytes, NULL, 10);
  // cgroup v1 expresses "no limit" by a number near the largest
  return *limit < 1ULL << 60;
}

static void add_limit(struct text *text, const char *name, bool known, unsigned long long limit) {
  if (!known) return;
  add(text, text->length == 0 ? "" : ", ");
  add(text, name);
  add(text, " ");
  add_number(text, limit);
}

static void add_resource(struct text *text, const char *name, int resource) {
  struct rlimit limit;
  bool known = getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  add_limit(text, name, known, known ? limit.rlim_cur : 0);
}

/** Lists the limits that can keep Node.js from starting. */
static void add_limits(struct text *text) {
  static const char *const MEMORY[] = {"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"};
  static const char *const PROCESSES[] = {"/sys/fs/cgroup/pids.max", "/sys/fs/cgroup/pids/pids.max"};
  struct text limits = {0};
  unsigned long long limit = 0;
  bool known = read_limit(MEMORY[0], &limit) || read_limit(MEMORY[1], &limit);
  add_limit(&limits, "memory (bytes)", known, limit);
  known = read_limit(PROCESSES[0], &limit) || read_limit(PROCESSES[1], &limit);
  add_limit(&limits, "processes of the container", known, limit);
  add_resource(&limits, "processes of the user", RLIMIT_NPROC);
  add_resource(&limits, "open files", RLIMIT_NOFILE);
  add_resource(&limits, "address space (bytes)", RLIMIT_AS);
  if (limits.length == 0) return;
  add(text, "; limits: ");
  add(text, limits.bytes);
}

/** Runs the application's own preStop instead, which must run even if the runner cannot. */
static void run_own_command(const struct invocation *invocation) {
  if (invocation->own_command == NULL) return;
  environ = invocation->environment;
  sigprocmask(SIG_SETMASK, &invocation->mask, NULL);
  execvp(invocation->own_command[0], invocation->own_command);
  tell(invocation, "own-prestop-failed", strerror(errno));
}

static int exit_code_of_failure(const struct invocation *invocation) {
  return is_command(invocation, "status") || is_command(invocation, "om") ? EXIT_UNKNOWN : EXIT_FAILED;
}

/** Reports why Node.js does not start, and exits. */
static void give_up(const struct invocation *invocation, const char *why) {
  struct text all = {0};
  add(&all, "the runner could not start: ");
  add(&all, why);
  add_limits(&all);
  tell(invocation, "start-failed", all.bytes);
  run_own_command(invocation);
  exit(exit_code_of_failure(invocation));
}

static void give_up_on_call(const struct invocation *invocation, const char *call) {
  struct text why = {0};
  add(&why, call);
  add(&why, ": ");
  add(&why, strerror(errno));
  give_up(invocation, why.bytes);
}

/** Finds this program's folder: from /proc if it is mounted, else from argv[0]. */
static void find_folder(struct invocation *invocation) {
  ssize_t length = readlink("/proc/self/exe", invocation->folder, sizeof invocation->folder - 1);
  if (length < 0) {
    length = (ssize_t)strnlen(invocation->argv[0], sizeof invocation->folder - 1);
    memcpy(invocation->folder, invocation->argv[0], (size_t)length);
  }
  invocation->folder[length] = 0;
  char *slash = strrchr(invocation->folder, '/');
  if (slash != NULL) *slash = 0;
}

static void read_words(struct invocation *invocation) {
  static const char OPTION[] = "--termination-log";
  const size_t length = sizeof OPTION - 1;
  invocation->termination_log = TERMINATION_LOG;
  for (int index = 1; index < invocation->argc; index += 1) {
    const char *word = invocation->argv[index];
    if (strcmp(word, "--") == 0) {
      if (index + 1 < invocation->argc) invocation->own_command = invocation->argv + index + 1;
      return;
    }
    if (strncmp(word, OPTION, length) != 0) continue;
    if (word[length] == '=') invocation->termination_log = word + length + 1;
    else if (word[length] == 0 && index + 1 < invocation->argc) invocation->termination_log = invocation->argv[index + 1];
  }
}

static void *allocate(const struct invocation *invocation, size_t count, size_t size) {
  void *memory = calloc(count, size);
  if (memory == NULL) give_up_on_call(invocation, "memory");
  return memory;
}

static char *join(const struct invocation *invocation, const char *first, const char *second) {
  size_t length = strlen(first);
  char *joined = allocate(invocation, length + strlen(second) + 1, 1);
  memcpy(joined, first, length);
  strcpy(joined + length, second);
  return joined;
}

/** The environment of Node.js: the application's variables under names that only the runner reads. */
static char **make_environment(const struct invocation *invocation, int started) {
  size_t count = 0;
  while (invocation->environment[count] != NULL) count += 1;
  char **made = allocate(invocation, count + 2, sizeof *made);
  for (size_t index = 0; index < count; index += 1) made[index] = join(invocation, "+", invocation->environment[index]);
  struct text number = {0};
  add_number(&number, (unsigned)started);
  made[count] = join(invocation, LAUNCHER_ENV, number.bytes);
  return made;
}

/** The positions of the copied files in the argv of Node.js. */
enum { LOADER = 0, NODE = 4, PROGRAM = 9 };

/** The argv of Node.js, with the bundled dynamic loader, because the image may have another libc or none. */
static char **make_arguments(const struct invocation *invocation) {
  const char *folder = invocation->folder;
  char *const first[] = {
      [LOADER] = join(invocation, folder, "/lib/ld.so"),
      "--inhibit-cache",
      "--library-path",
      join(invocation, folder, "/lib"),
      [NODE] = join(invocation, folder, "/node"),
      "--openssl-config=/dev/null",
      // a start ends before its first garbage collection, which saves 2.5 ms of its 43 ms and 1 MB of memory
      "--min-semi-space-size=4",
      // three threads fewer, because process limits count threads
      "--v8-pool-size=1",
      // SIGUSR1 would open a debugger on a port that every container of the pod reaches
      "--disable-sigusr1",
      [PROGRAM] = join(invocation, folder, "/rollcall.cjs"),
  };
  const size_t count = sizeof first / sizeof *first;
  char **made = allocate(invocation, count + (size_t)invocation->argc, sizeof *made);
  memcpy(made, first, sizeof first);
  for (int index = 1; index < invocation->argc; index += 1) made[count + (size_t)index - 1] = invocation->argv[index];
  return made;
}

/** Names a missing file of the copy before the start, because the loader's message is hard to read. */
static void check_files(const struct invocation *invocation, char *const *arguments) {
  char *const paths[] = {arguments[LOADER], arguments[NODE], arguments[PROGRAM]};
  for (size_t index = 0; index < sizeof paths / sizeof *paths; index += 1) {
    if (access(paths[index], R_OK) == 0) continue;
    struct text why = {0};
    add(&why, paths[index]);
    add(&why, ": ");
    add(&why, strerror(errno));
    add(&why, "; delete the pod, so that the runner is copied again");
    give_up(invocation, why.bytes);
  }
}

/** Executes Node.js; on failure sends errno to the parent. */
static void become_node(const struct invocation *invocation, pid_t parent, int failed, char **arguments,
                        char **environment) {
  // a runner that outlived this process would run beside the next one
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(EXIT_FAILED);
  sigprocmask(SIG_SETMASK, &invocation->mask, NULL);
  execve(arguments[LOADER], arguments, environment);
  int error = errno;
  if (write(failed, &error, sizeof error) < 0) errno = 0;
  _exit(EXIT_FAILED);
}

/** The signals that Node.js has received, from this program or from a terminal. */
static sigset_t passed_on;

/** Stops Node.js. An image's STOPSIGNAL, or the container's lifecycle.stopSignal, may be any signal: the one that the
 * application understands. Most signals would end Node.js at once, and it would not see SIGWINCH; the steps are other
 * programs, and all of them understand SIGTERM.
 */
static void stop(pid_t node) {
  kill(node, SIGTERM);
  sigaddset(&passed_on, SIGTERM);
}

/** Whether the runner's JavaScript has started. */
static bool has_started(int started) {
  static bool known = false;
  char first;
  if (!known) known = read(started, &first, 1) == 1;
  return known;
}

/** Treats each signal as a stop, and reaps children until Node.js has ended. @returns its wait status */
static int wait_for(pid_t node, int started, const sigset_t *signals) {
  const struct timespec patience = {.tv_sec = START_SECONDS};
  for (;;) {
    siginfo_t info;
    int number = sigtimedwait(signals, &info, &patience);
    if (number < 0) {
      if (errno == EAGAIN && !has_started(started)) kill(node, SIGKILL);
      continue;
    }
    if (number != SIGCHLD) {
      // a terminal has sent the signal to the whole group
      if (info.si_code == SI_KERNEL) sigaddset(&passed_on, number);
      else stop(node);
      continue;
    }
    int status;
    pid_t ended;
    while ((ended = waitpid(-1, &status, WNOHANG)) > 0)
      if (ended == node) return status;
  }
}

/** Reports a Node.js that was killed before or during its work. */
static void tell_end(const struct invocation *invocation, int status, bool began) {
  struct text why = {0};
  add(&why, "Node.js ended with ");
  add(&why, WIFSIGNALED(status) ? "signal " : "exit code ");
  add_number(&why, (unsigned)(WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status)));
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
    add(&why, " (SIGKILL, as at the container's memory limit)");
  if (!began) {
    add(&why, " before its first instruction, for which it has ");
    add_number(&why, START_SECONDS);
    add(&why, " s; its own words are in the container's log");
    give_up(invocation, why.bytes);
  }
  add(&why, " in the midst of its work; the steps that have no marker run again");
  add_limits(&why);
  tell(invocation, "runner-ended", why.bytes);
}

static int read_errno(int file) {
  int error = 0;
  return read(file, &error, sizeof error) == sizeof error ? error : 0;
}

static int start_and_wait(const struct invocation *invocation) {
  int started[2];
  int failed[2];
  // Node.js inherits the writing end of `started`, and writes to it in its first line
  if (pipe(started) != 0 || pipe2(failed, O_CLOEXEC) != 0) give_up_on_call(invocation, "pipe");
  fcntl(started[0], F_SETFD, FD_CLOEXEC);
  fcntl(started[0], F_SETFL, O_NONBLOCK);

  char **arguments = make_arguments(invocation);
  char **environment = make_environment(invocation, started[1]);
  check_files(invocation, arguments);

  pid_t self = getpid();
  pid_t node = fork();
  if (node < 0) give_up_on_call(invocation, "fork");
  if (node == 0) become_node(invocation, self, failed[1], arguments, environment);
  close(started[1]);
  close(failed[1]);
  int error = read_errno(failed[0]);
  int status = wait_for(node, started[0], &invocation->signals);
  if (error == EACCES || error == EPERM)
    give_up(invocation, "the system refuses to run programs of the runner's volume: it is mounted noexec, or a security "
                        "label forbids it");
  if (error != 0) {
    errno = error;
    give_up_on_call(invocation, arguments[LOADER]);
  }
  bool was_stopped = WIFSIGNALED(status) && sigismember(&passed_on, WTERMSIG(status));
  if (was_stopped) return EXIT_SIGNALED + WTERMSIG(status);
  if (WIFSIGNALED(status) || !has_started(started[0])) tell_end(invocation, status, has_started(started[0]));
  return WIFSIGNALED(status) ? EXIT_SIGNALED + WTERMSIG(status) : WEXITSTATUS(status);
}

/** Blocks signals for wait_for. Runs first, because process 1 of a container never sees a signal that it neither handles
 * nor blocks.
 */
static void block_signals(struct invocation *invocation) {
  static const int JOB_CONTROL[] = {SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT};
  // not sigfillset, which omits the signals that musl reserves for threads, among them SIGRTMIN. A fault of this
  // program ends it even if its signal is blocked.
  memset(&invocation->signals, 0xff, sizeof invocation->signals);
  for (size_t index = 0; index < sizeof JOB_CONTROL / sizeof *JOB_CONTROL; index += 1)
    sigdelset(&invocation->signals, JOB_CONTROL[index]);
  sigprocmask(SIG_BLOCK, &invocation->signals, &invocation->mask);
  // if it was inherited as ignored, children could not be waited for
  signal(SIGCHLD, SIG_DFL);
}

/** Opens closed standard streams, because a pipe that got one of their numbers would be written to by mistake. */
static void open_standard_streams(void) {
  for (int file = STDIN_FILENO; file <= STDERR_FILENO; file += 1)
    if (fcntl(file, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0) return;
}

/** Makes the container's log the output, since that of a postStart is discarded and must not stay open. */
static void open_container_log(void) {
  int null = open("/dev/null", O_RDWR);
  int log = open(CONTAINER_LOG, O_WRONLY | O_APPEND);
  dup2(null, STDIN_FILENO);
  dup2(log < 0 ? null : log, STDOUT_FILENO);
  dup2(log < 0 ? null : log, STDERR_FILENO);
  if (null > STDERR_FILENO) close(null);
  if (log > STDERR_FILENO) close(log);
}

/** Waits for a signal. @returns false: none came in time */
static bool wait_for_signal(const sigset_t *signals, int *number, const struct timespec *patience) {
  do *number = sigtimedwait(signals, NULL, patience);
  while (*number < 0 && errno == EINTR);
  return *number >= 0;
}

/** Waits until a child ends, and passes a stop on to it. @returns whether it must not run again */
static bool wait_for_background(pid_t child, const sigset_t *signals) {
  bool is_stopped = false;
  for (;;) {
    int number;
    int status;
    // a minute is only a precaution: SIGCHLD comes with the end
    if (wait_for_signal(signals, &number, &(struct timespec){.tv_sec = 60}) && number != SIGCHLD) {
      is_stopped = true;
      kill(child, SIGTERM);
    }
    if (waitpid(child, &status, WNOHANG) != child) continue;
    if (is_stopped) return true;
    // a bad command line, or another pod's plan: the next start would fail in the same way
    return WIFEXITED(status) &&
           (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == EXIT_BAD_PLAN || WEXITSTATUS(status) == EXIT_UNKNOWN);
  }
}

/** Leaves the postStart, and returns in a new process for each run of the command, with its words only. */
static void run_in_background(struct invocation *invocation) {
  pid_t self = fork();
  if (self < 0) give_up_on_call(invocation, "fork");
  if (self > 0) _exit(0);
  setsid();
  open_container_log();
  for (;;) {
    pid_t child = fork();
    if (child == 0) break;
    int number;
    if (child > 0 && wait_for_background(child, &invocation->signals)) _exit(0);
    bool is_told = wait_for_signal(&invocation->signals, &number, &(struct timespec){.tv_sec = RESTART_SECONDS});
    if (is_told && number != SIGCHLD) _exit(0);
  }
  invocation->argv += 1;
  invocation->argc -= 1;
}

int main(int argc, char **argv, char **environment) {
  struct invocation invocation = {.argc = argc, .argv = argv, .environment = environment};
  block_signals(&invocation);
  open_standard_streams();
  find_folder(&invocation);
  if (is_command(&invocation, "background")) run_in_background(&invocation);
  read_words(&invocation);
  return start_and_wait(&invocation);
}
