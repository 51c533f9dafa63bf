import { Injectable } from '@nestjs/common';
import { SseHub, type HubStreamOptions, type SseConnection } from 'nestjs-sse-hub';
import type { ChatEvents } from './chat-message.js';

// The hub keeps messages for as long by default: what someone saw before that cannot be sent twice.
const REMEMBERED_MS = 5 * 60_000;
const REMEMBERED_USERS = 10_000;

interface Departure {
  readonly position: string | undefined;
  readonly time: number;
}

/** Remembers where users left, for those who come back without a Last-Event-ID, as a new `curl` does. */
@Injectable()
export class Departures {
  private readonly streams = new Map<string, number>();
  /** The longest gone first. */
  private readonly departures = new Map<string, Departure>();

  constructor(hub: SseHub) {
    hub.connections$.subscribe(({ type, connection }) => {
      if (connection.user === undefined) return;
      if (type === 'connect') this.arrive(connection.user);
      else this.leave(connection.user, connection);
    });
  }

  /** Where a user's stream starts: now, where the user left, or with the direct messages that wait for a new one. */
  startOf(user: string): Pick<HubStreamOptions<ChatEvents>, 'start' | 'filter'> {
    if (this.streams.has(user)) return { start: 'tail' };
    this.forget();
    const departure = this.departures.get(user);
    if (departure?.position !== undefined) return { start: departure.position };
    const now = Date.now();
    return {
      start: 'earliest',
      filter: ({ event, data }) => event === 'direct' || Date.parse(data.Timestamp) >= now,
    };
  }

  private arrive(user: string): void {
    this.streams.set(user, (this.streams.get(user) ?? 0) + 1);
    this.departures.delete(user);
  }

  /** Someone with several streams has left when the last of them closes. */
  private leave(user: string, { position }: SseConnection): void {
    const others = (this.streams.get(user) ?? 1) - 1;
    if (others > 0) {
      this.streams.set(user, others);
      return;
    }
    this.streams.delete(user);
    this.departures.set(user, { position, time: Date.now() });
    this.forget();
  }

  private forget(): void {
    const limit = Date.now() - REMEMBERED_MS;
    for (const [user, { time }] of this.departures) {
      if (time > limit && this.departures.size <= REMEMBERED_USERS) return;
      this.departures.delete(user);
    }
  }
}
