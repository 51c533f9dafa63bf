import { Injectable, Logger } from '@nestjs/common';
import { SseError, SseHub, type ConnectionEvent } from 'nestjs-sse-hub';
import { chatPresence, type ChatEvents } from './chat-message.js';
import { PRESENCE, ROOM } from './topics.js';

/** Tells those who want to know who comes to the room and who leaves it. */
@Injectable()
export class Attendance {
  private readonly logger = new Logger(Attendance.name);

  constructor(private readonly hub: SseHub<ChatEvents>) {
    hub.connections$.subscribe((event) => {
      this.note(event).catch((error: unknown) => {
        // Everybody leaves when the hub closes, and nobody is there to be told.
        if (!(error instanceof SseError && error.code === 'HUB_CLOSED')) this.logger.error(error);
      });
    });
  }

  /** The users in the room, each once. */
  async online(): Promise<string[]> {
    const streams = await this.hub.presence(ROOM);
    return [...new Set(streams.map(({ user }) => user))].filter((user) => user !== undefined);
  }

  /** Someone with several streams, on this node or another, is here until the last of them closes. */
  private async note({ type, connection: { id, user, topics } }: ConnectionEvent): Promise<void> {
    if (user === undefined || !topics.includes(ROOM)) return;
    const streams = await this.hub.presence(ROOM);
    if (streams.some((other) => other.user === user && other.id !== id)) return;
    await this.hub.publish(PRESENCE, {
      event: type === 'connect' ? 'joined' : 'left',
      data: chatPresence(user),
    });
  }
}
