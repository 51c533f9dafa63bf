/* The clients of one contender: opens event streams, counts what comes, and drives the turns of the server.
 *
 *   load <port> <path> <trigger socket> <1 or 2, the version of HTTP>
 */
#include <stdlib.h>

#include "fail.h"
#include "orders.h"
#include "source.h"
#include "target.h"
#include "turns.h"

int main(int count, char **arguments) {
  if (count != 5) fail("expects a port, a path, a socket and a version of HTTP");
  target = (struct target){
      .port = atoi(arguments[1]),
      .path = arguments[2],
      .is_http2 = atoi(arguments[4]) == 2,
  };
  sources_begin();
  turns_begin(arguments[3]);
  orders_begin();
  for (;;) {
    sources_wait();
    orders_carry_out();
    turns_advance();
  }
}
