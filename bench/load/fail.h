#ifndef FAIL_H
#define FAIL_H

/* Says on stderr what is wrong, and ends the process: a client that goes on would measure something else. */
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
