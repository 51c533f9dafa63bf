import { Controller, Post, Query } from '@nestjs/common';
import { LastEventId, SseHub, SseStream, type HubStream } from 'nestjs-sse-hub';
import { chatMessage, type ChatEvents, type ChatMessage } from './chat-message.js';
import { Departures } from './departures.js';
import { Required } from './required.pipe.js';

// A topic, not hub.broadcast: that would also reach whoever follows the prices.
const ROOM = 'chat';

/** Believes everybody's name; an application takes the user from its authentication instead. */
@Controller('chat')
export class ChatController {
  constructor(
    private readonly hub: SseHub<ChatEvents>,
    private readonly departures: Departures,
  ) {}

  @SseStream('sse')
  stream(
    @Query(new Required('username')) { username }: { username: string },
    @LastEventId() lastEventId: string | undefined,
  ): HubStream {
    // Whoever sends a Last-Event-ID knows where it left off.
    const start = lastEventId === undefined ? this.departures.startOf(username) : {};
    return this.hub.stream(ROOM, { user: username, ...start });
  }

  @Post('broadcast')
  async broadcast(
    @Query(new Required('from', 'message')) { from, message }: { from: string; message: string },
  ): Promise<ChatMessage> {
    const data = chatMessage(from, message);
    await this.hub.publish(ROOM, { event: 'broadcast', data });
    return data;
  }

  @Post('direct')
  async direct(
    @Query(new Required('from', 'message', 'to'))
    { from, message, to }: { from: string; message: string; to: string },
  ): Promise<ChatMessage> {
    const data = chatMessage(from, message, to);
    await this.hub.sendTo(to, { event: 'direct', data });
    return data;
  }
}
