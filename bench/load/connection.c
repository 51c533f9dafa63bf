#include "connection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "chunked.h"
#include "fail.h"
#include "head.h"
#include "opening.h"
#include "received.h"
#include "source.h"
#include "stream.h"
#include "tally.h"
#include "target.h"

struct connection {
  struct source source;
  enum { HEAD, CHUNKED_BODY, BODY } state;
  /* Until it is complete. */
  struct head *head;
  struct chunked chunked;
  struct stream stream;
};

static struct connection **connections;
static size_t count;
static size_t room;

static void end(struct connection *connection) {
  source_ignore(&connection->source);
  close(connection->source.fd);
  connection->source.fd = -1;
}

/* Answers how many bytes the head has taken. */
static size_t take_head(struct connection *connection, const struct received *received) {
  int is_complete = 0;
  size_t taken = head_take(connection->head, received->bytes, received->length, &is_complete);
  if (!is_complete) return taken;
  connection->state = head_is_chunked(connection->head) ? CHUNKED_BODY : BODY;
  free(connection->head);
  connection->head = NULL;
  opening_has_head();
  return taken;
}

static void take(struct connection *connection, const struct received *received) {
  size_t taken = connection->state == HEAD ? take_head(connection, received) : 0;
  const char *bytes = received->bytes + taken;
  size_t length = received->length - taken;
  if (connection->state == CHUNKED_BODY)
    chunked_take(&connection->chunked, &connection->stream, bytes, length, received->time);
  else if (connection->state == BODY)
    stream_take(&connection->stream, bytes, length, received->time);
}

static void on_readable(struct source *source) {
  struct connection *connection = (struct connection *)source;
  struct received received = receive(source->fd);
  if (!received.is_end) {
    take(connection, &received);
    return;
  }
  if (connection->state == HEAD) fail("a connection has ended before the head of its response");
  tally.lost++;
  end(connection);
}

static void send_request(int fd) {
  char request[512];
  int length = snprintf(request, sizeof request,
                        "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: text/event-stream\r\n\r\n",
                        target.path, target.port);
  if (send(fd, request, (size_t)length, MSG_NOSIGNAL) != length) fail("send: %s", strerror(errno));
}

static void add(struct connection *connection) {
  if (count == room) {
    room = room == 0 ? 1024 : room * 2;
    connections = realloc(connections, room * sizeof *connections);
    if (connections == NULL) fail("no memory");
  }
  connections[count++] = connection;
}

void connection_open(uint64_t last) {
  struct connection *connection = calloc(1, sizeof *connection);
  if (connection == NULL) fail("no memory");
  connection->head = calloc(1, sizeof *connection->head);
  if (connection->head == NULL) fail("no memory");
  connection->source = (struct source){.fd = target_connect(), .on_readable = on_readable};
  stream_begin(&connection->stream, last);
  add(connection);
  send_request(connection->source.fd);
  source_watch(&connection->source);
}

size_t connections_count(void) {
  return count;
}

size_t connections_at(uint64_t number) {
  size_t there = 0;
  for (size_t index = 0; index < count; index++) there += connections[index]->stream.last >= number;
  return there;
}

void connections_stop(void) {
  for (size_t index = 0; index < count; index++) source_ignore(&connections[index]->source);
}

void connections_close(void) {
  for (size_t index = 0; index < count; index++) {
    if (connections[index]->source.fd >= 0) end(connections[index]);
    free(connections[index]->head);
    free(connections[index]);
  }
  count = 0;
}
