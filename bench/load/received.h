/* What the last read of any connection has brought. Bytes are looked at before the next read. */
#ifndef RECEIVED_H
#define RECEIVED_H

#include <stddef.h>
#include <stdint.h>

struct received {
  const char *bytes;
  size_t length;
  uint64_t time;
  /* Whether the other side has ended the connection. */
  int is_end;
};

struct received receive(int fd);

#endif
