#define _GNU_SOURCE
#include "head.h"

#include <string.h>

#include "fail.h"

static int ends_in_blank_line(const struct head *head) {
  return head->length >= 4 && memcmp(head->text + head->length - 4, "\r\n\r\n", 4) == 0;
}

size_t head_take(struct head *head, const char *bytes, size_t length, int *is_complete) {
  size_t taken = 0;
  while (taken < length) {
    if (head->length == HEAD_LIMIT - 1) fail("the head of a response has more than %d bytes", HEAD_LIMIT);
    head->text[head->length++] = bytes[taken++];
    if (!ends_in_blank_line(head)) continue;
    head->text[head->length] = '\0';
    *is_complete = 1;
    break;
  }
  return taken;
}

int head_is_chunked(const struct head *head) {
  if (strncmp(head->text, "HTTP/1.1 200", 12) != 0) fail("the server answers %.200s", head->text);
  if (strcasestr(head->text, "\r\ncontent-type: text/event-stream") == NULL)
    fail("the server answers something else than an event stream: %.400s", head->text);
  return strcasestr(head->text, "\r\ntransfer-encoding: chunked") != NULL;
}
