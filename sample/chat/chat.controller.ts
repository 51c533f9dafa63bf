import { Controller, Get, Post, Query } from '@nestjs/common';
import { LastEventId, SseHub, SseStream, type HubStream } from 'nestjs-sse-hub';
import { Attendance } from './attendance.js';
import { chatMessage, type ChatEvents, type ChatMessage } from './chat-message.js';
import { Departures } from './departures.js';
import { Required } from './required.pipe.js';
import { PRESENCE, ROOM } from './topics.js';

/** Believes everybody's name; an application takes the user from its authentication instead. */
@Controller('chat')
export class ChatController {
  constructor(
    private readonly hub: SseHub<ChatEvents>,
    private readonly departures: Departures,
    private readonly attendance: Attendance,
  ) {}

  @SseStream('sse')
  stream(
    @Query(new Required('username')) { username }: { username: string },
    @Query('presence') presence: string | undefined,
    @LastEventId() lastEventId: string | undefined,
  ): HubStream {
    // Whoever sends a Last-Event-ID knows where it left off.
    const start = lastEventId === undefined ? this.departures.startOf(username) : {};
    // One stream for both: over HTTP/1.1 a browser opens six connections to a server, for all its pages together.
    const topics = presence === 'true' ? [ROOM, PRESENCE] : [ROOM];
    return this.hub.stream(topics, { user: username, ...start });
  }

  @Get('online')
  online(): Promise<string[]> {
    return this.attendance.online();
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
