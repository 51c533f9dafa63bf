/* Turns of the server: some events that it sends to all streams at once. */
#ifndef TURNS_H
#define TURNS_H

#include <stdint.h>

/* Connects to the socket on which the server is told how many events its next turn has. */
void turns_begin(const char *trigger);

/* This many turns of `per_turn` events, each when all streams have the events of the one before. */
void turns_closed(uint64_t count, uint64_t per_turn);

/* This many turns of one event, one every `interval` nanoseconds, whether the one before has arrived or not. */
void turns_paced(uint64_t count, uint64_t interval);

/* Says when every stream has the event of this number, however it was asked for. */
void turns_await(uint64_t number);

/* Looks whether the streams have what is waited for; called when everything that was received is taken, and what was
 * ordered is under way: it may be there already. */
void turns_advance(void);

#endif
