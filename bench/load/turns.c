#include "turns.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "connection.h"
#include "fail.h"
#include "session.h"
#include "source.h"
#include "tally.h"

static int trigger;
static struct source timer;
static enum { IDLE, CLOSED, PACED, AWAITING } mode;
static uint64_t left;
static uint64_t size;
static uint64_t streams;
static uint64_t started;

void turns_begin(const char *path) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (strlen(path) >= sizeof address.sun_path) fail("%s is too long for a socket", path);
  strcpy(address.sun_path, path);
  trigger = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connect(trigger, (struct sockaddr *)&address, sizeof address) < 0) fail("%s: %s", path, strerror(errno));
}

static void ask_for(uint64_t events) {
  char line[32];
  int length = snprintf(line, sizeof line, "%llu\n", (unsigned long long)events);
  if (send(trigger, line, (size_t)length, MSG_NOSIGNAL) != length) fail("the server does not take orders any more");
  tally.issued += events;
  tally.due += events * streams;
}

static void wait_for(uint64_t number) {
  tally.awaited = number;
  tally.arrived = connections_at(number) + sessions_at(number);
}

static void start(int next_mode, uint64_t count, uint64_t per_turn) {
  mode = next_mode;
  left = count;
  size = per_turn;
  streams = connections_count() + sessions_streams();
  started = clock_now();
}

static void next_turn(void) {
  left--;
  wait_for(tally.issued + size);
  ask_for(size);
}

void turns_closed(uint64_t count, uint64_t per_turn) {
  start(CLOSED, count, per_turn);
  next_turn();
}

static void on_tick(struct source *source) {
  uint64_t ticks;
  if (read(source->fd, &ticks, sizeof ticks) != sizeof ticks) return;
  for (; ticks > 0 && left > 0; ticks--, left--) ask_for(1);
  if (left > 0) return;
  source_ignore(source);
  close(source->fd);
}

void turns_paced(uint64_t count, uint64_t interval) {
  start(PACED, count, 1);
  wait_for(tally.issued + count);
  timer = (struct source){.fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC), .on_readable = on_tick};
  struct timespec time = {.tv_sec = (time_t)(interval / 1000000000), .tv_nsec = (long)(interval % 1000000000)};
  struct itimerspec every = {.it_interval = time, .it_value = time};
  if (timer.fd < 0 || timerfd_settime(timer.fd, 0, &every, NULL) < 0) fail("timerfd: %s", strerror(errno));
  source_watch(&timer);
}

void turns_await(uint64_t number) {
  start(AWAITING, 0, 0);
  wait_for(number);
}

void turns_advance(void) {
  if (mode == IDLE || tally.arrived < streams) return;
  if (mode == CLOSED && left > 0) {
    next_turn();
    return;
  }
  mode = IDLE;
  printf("arrived %llu\n", (unsigned long long)(clock_now() - started));
}
