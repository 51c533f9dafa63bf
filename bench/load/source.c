#include "source.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>

#include "fail.h"

#define AT_ONCE 512

static int epoll;

void sources_begin(void) {
  epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) fail("epoll_create1: %s", strerror(errno));
}

void source_watch(struct source *source) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = source};
  if (epoll_ctl(epoll, EPOLL_CTL_ADD, source->fd, &event) < 0) fail("epoll_ctl: %s", strerror(errno));
}

void source_ignore(struct source *source) {
  epoll_ctl(epoll, EPOLL_CTL_DEL, source->fd, NULL);
}

void sources_wait(void) {
  struct epoll_event events[AT_ONCE];
  int count = epoll_wait(epoll, events, AT_ONCE, -1);
  if (count < 0 && errno != EINTR) fail("epoll_wait: %s", strerror(errno));
  for (int index = 0; index < count; index++) {
    struct source *source = events[index].data.ptr;
    source->on_readable(source);
  }
}
