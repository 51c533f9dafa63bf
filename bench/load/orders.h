/* What the benchmark tells this process on stdin, a line each; every line is answered by one on stdout.
 *
 *   open <count> [<last>]       opened <count> <ns>     streams; their first event has the number after <last>,
 *                                                       which is that of the last event asked for
 *   turns <count> <per turn>    arrived <ns>            in a closed loop
 *   pace <count> <interval ns>  arrived <ns>            at a fixed rate
 *   await <number>              arrived <ns>            every stream has that event
 *   latency                     latency <p50> <p99>     ns from publish to arrival; begins to count again
 *   tally                       tally <due> <delivered> <missing> <doubled> <lost>
 *   stop                        done                    reading
 *   close                       done                    all streams
 */
#ifndef ORDERS_H
#define ORDERS_H

void orders_begin(void);

/* Carries out what has been read; called when everything that was received on streams is taken. */
void orders_carry_out(void);

#endif
