/* What the event loop waits for: the first member of everything that has a file descriptor. */
#ifndef SOURCE_H
#define SOURCE_H

struct source {
  int fd;
  void (*on_readable)(struct source *source);
};

void sources_begin(void);
void source_watch(struct source *source);
void source_ignore(struct source *source);

/* Waits until something is readable, and tells each that is. A source may give up itself meanwhile, but no other. */
void sources_wait(void);

#endif
