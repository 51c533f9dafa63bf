import { Injectable, Logger } from '@nestjs/common';
import { SseError, SseHub, type ConnectionEvent } from 'nestjs-sse-hub';
import { chatPresence, type ChatEvents } from './chat-message.js';
import { StreamCounts } from './stream-counts.js';
import { PRESENCE, ROOM } from './topics.js';

/** Tells those who want to know who comes to the room and who leaves it. */
@Injectable()
export class Attendance {
  private readonly logger = new Logger(Attendance.name);
  private readonly streams = new StreamCounts();

  constructor(private readonly hub: SseHub<ChatEvents>) {
    hub.connections$.subscribe((event) => this.note(event));
  }

  /** The users in the room, each once. */
  async online(): Promise<string[]> {
    const streams = await this.hub.presence(ROOM);
    return [...new Set(streams.map(({ user }) => user))].filter((user) => user !== undefined);
  }

  private note({ type, connection: { user, topics } }: ConnectionEvent): void {
    if (user === undefined || !topics.includes(ROOM)) return;
    if (type === 'connect') {
      if (this.streams.add(user)) this.tell('joined', user);
    } else if (this.streams.remove(user)) this.tell('left', user);
  }

  private tell(event: 'joined' | 'left', user: string): void {
    this.hub.publish(PRESENCE, { event, data: chatPresence(user) }).catch((error: unknown) => {
      // Everybody leaves when the hub closes, and nobody is there to be told.
      if (!(error instanceof SseError && error.code === 'HUB_CLOSED')) this.logger.error(error);
    });
  }
}
