#include "received.h"

#include <errno.h>
#include <sys/socket.h>

#include "clock.h"

static char buffer[256 * 1024];

struct received receive(int fd) {
  ssize_t length = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT);
  if (length > 0) return (struct received){.bytes = buffer, .length = (size_t)length, .time = clock_now()};
  int is_later = length < 0 && (errno == EAGAIN || errno == EINTR);
  return (struct received){.is_end = !is_later};
}
