#include "opening.h"

#include <stdio.h>

#include "clock.h"
#include "connection.h"
#include "session.h"
#include "target.h"

/* Fewer than a server's backlog, so that no SYN is lost and sent again a second later. */
#define CONNECTIONS_AT_ONCE 64

static size_t wanted;
static size_t pending;
static size_t opened;
static uint64_t first_last;
static uint64_t started;

static void open_more(void) {
  if (target.is_http2) {
    if (wanted == 0 || pending > 0) return;
    pending = wanted < STREAMS_PER_SESSION ? wanted : STREAMS_PER_SESSION;
    wanted -= pending;
    session_open(pending, first_last);
    return;
  }
  while (wanted > 0 && pending < CONNECTIONS_AT_ONCE) {
    wanted--;
    pending++;
    connection_open(first_last);
  }
}

void opening_start(size_t count, uint64_t last) {
  wanted = count;
  opened = 0;
  first_last = last;
  started = clock_now();
  open_more();
}

void opening_has_head(void) {
  pending--;
  opened++;
  open_more();
  if (wanted > 0 || pending > 0) return;
  printf("opened %zu %llu\n", opened, (unsigned long long)(clock_now() - started));
}
