import { Injectable, Logger } from '@nestjs/common';
import { SseError, SseHub, type ConnectionEvent } from 'nestjs-sse-hub';
import { chatPresence, type ChatEvents } from './chat-message.js';
import { PRESENCE, ROOM } from './topics.js';

/** Tells those who want to know who comes to the room and who leaves it. */
@Injectable()
export class Attendance {
  private readonly logger = new Logger(Attendance.name);
  /** How many streams each user in the room has. */
  private readonly streams = new Map<string, number>();

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
    if (type === 'connect') this.arrive(user);
    else this.leave(user);
  }

  private arrive(user: string): void {
    const others = this.streams.get(user) ?? 0;
    this.streams.set(user, others + 1);
    if (others === 0) this.tell('joined', user);
  }

  /** Someone with several streams is here until the last of them closes. */
  private leave(user: string): void {
    const others = (this.streams.get(user) ?? 1) - 1;
    if (others > 0) {
      this.streams.set(user, others);
      return;
    }
    this.streams.delete(user);
    this.tell('left', user);
  }

  private tell(event: 'joined' | 'left', user: string): void {
    this.hub.publish(PRESENCE, { event, data: chatPresence(user) }).catch((error: unknown) => {
      // Everybody leaves when the hub closes, and nobody is there to be told.
      if (!(error instanceof SseError && error.code === 'HUB_CLOSED')) this.logger.error(error);
    });
  }
}
