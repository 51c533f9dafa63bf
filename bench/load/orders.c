#include "orders.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "connection.h"
#include "fail.h"
#include "histogram.h"
#include "opening.h"
#include "session.h"
#include "source.h"
#include "tally.h"
#include "turns.h"

typedef unsigned long long number;

static struct source input;
static char text[4096];
static size_t length;

/* The end of stdin is the end of the benchmark. */
static void on_readable(struct source *source) {
  size_t room = sizeof text - 1 - length;
  if (room == 0) fail("an order has more than %zu bytes", length);
  ssize_t got = read(source->fd, text + length, room);
  if (got < 0) fail("stdin: %s", strerror(errno));
  if (got == 0) exit(0);
  length += (size_t)got;
}

void orders_begin(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  input = (struct source){.fd = STDIN_FILENO, .on_readable = on_readable};
  source_watch(&input);
}

static void tell_latency(void) {
  printf("latency %llu %llu\n", (number)histogram_quantile(0.5), (number)histogram_quantile(0.99));
  histogram_reset();
}

static void tell_tally(void) {
  printf("tally %llu %llu %llu %llu %llu\n", (number)tally.due, (number)tally.delivered, (number)tally.missing,
         (number)tally.doubled, (number)tally.lost);
}

static void close_all(void) {
  connections_close();
  sessions_close();
}

static void done(void (*act)(void)) {
  act();
  puts("done");
}

static void carry_out(const char *line) {
  number first = 0, second = tally.issued;
  if (sscanf(line, "open %llu %llu", &first, &second) >= 1) opening_start((size_t)first, second);
  else if (sscanf(line, "turns %llu %llu", &first, &second) == 2) turns_closed(first, second);
  else if (sscanf(line, "pace %llu %llu", &first, &second) == 2) turns_paced(first, second);
  else if (sscanf(line, "await %llu", &first) == 1) turns_await(first);
  else if (strcmp(line, "latency") == 0) tell_latency();
  else if (strcmp(line, "tally") == 0) tell_tally();
  else if (strcmp(line, "stop") == 0) done(connections_stop);
  else if (strcmp(line, "close") == 0) done(close_all);
  else fail("what is \"%s\"?", line);
}

void orders_carry_out(void) {
  char *line = text;
  text[length] = '\0';
  for (char *newline; (newline = strchr(line, '\n')) != NULL; line = newline + 1) {
    *newline = '\0';
    carry_out(line);
  }
  length -= (size_t)(line - text);
  memmove(text, line, length);
}
