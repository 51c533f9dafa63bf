import { expect, test } from '@jest/globals';
import {
  Controller,
  Injectable,
  Post,
  Req,
  UnauthorizedException,
  UseGuards,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { SseError, SseHub, SseStream, SseTickets } from 'nestjs-sse-hub';
import { describeOnEachPlatform } from '../support/platforms.js';
import { startApp, type RunningApp } from '../support/start-app.js';

interface Claims {
  user: string;
}

interface TicketRequest {
  query: { ticket?: unknown };
  claims?: Claims;
}

/** As the documents have it: the ticket of the query, once. */
@Injectable()
class TicketGuard implements CanActivate {
  constructor(private readonly tickets: SseTickets<Claims>) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<TicketRequest>();
    try {
      request.claims = await this.tickets.redeem(request.query.ticket);
      return true;
    } catch (error) {
      if (error instanceof SseError && error.code === 'INVALID_TICKET') throw new UnauthorizedException();
      throw error;
    }
  }
}

@Controller()
class News {
  constructor(
    private readonly hub: SseHub,
    private readonly tickets: SseTickets<Claims>,
  ) {}

  @Post('ticket')
  ticket(@Req() request: { headers: { authorization?: string } }) {
    const user = request.headers.authorization?.replace('Basic ', '');
    if (user === undefined) throw new UnauthorizedException();
    return { ticket: this.tickets.issue({ user }) };
  }

  @SseStream('news')
  @UseGuards(TicketGuard)
  follow(@Req() request: Required<TicketRequest>) {
    return this.hub.stream('news', { user: request.claims.user });
  }
}

async function ticketFor(app: RunningApp, user: string): Promise<string> {
  const answer = await app.open('/ticket', { method: 'POST', headers: { authorization: `Basic ${user}` } });
  return ((await answer.json()) as { ticket: string }).ticket;
}

/** As an EventSource does: with nothing but the URL. */
async function follow(app: RunningApp, ticket: string, lastEventId?: string) {
  const query = new URLSearchParams({ ticket, ...(lastEventId !== undefined && { lastEventId }) });
  return app.open(`/news?${query.toString()}`);
}

describeOnEachPlatform('A route behind a one-time ticket', (platform) => {
  const tickets = new SseTickets<Claims>({ secret: 'a secret of the tests, of more than thirty-two bytes' });
  const start = () =>
    startApp(platform, {
      controllers: [News],
      providers: [TicketGuard, { provide: SseTickets, useValue: tickets }],
    });

  test('opens a stream for whom the ticket names', async () => {
    const app = await start();
    const stream = await follow(app, await ticketFor(app, 'ann'));
    expect(stream.status).toBe(200);
    await stream.untilText('id:');
    await app.hub.sendTo('bob', { data: 'for Bob' });
    await app.hub.sendTo('ann', { data: 'for Ann' });
    expect((await stream.nextEvent()).data).toBe('for Ann');
  });

  test.each([
    ['no ticket', '/news'],
    ['an empty ticket', '/news?ticket='],
    ['a forged ticket', `/news?ticket=${'A'.repeat(100)}`],
    ['two tickets', '/news?ticket=a&ticket=b'],
  ])('answers %s with 401, before any stream is opened', async (_what, path) => {
    const app = await start();
    const answer = await app.open(path);
    expect(answer.status).toBe(401);
    expect(await answer.json()).toEqual({ message: 'Unauthorized', statusCode: 401 });
    expect(app.connectionEvents).toEqual([]);
  });

  test('answers a ticket that has been used with 401, while the first stream goes on', async () => {
    const app = await start();
    const ticket = await ticketFor(app, 'ann');
    const stream = await follow(app, ticket);
    expect((await follow(app, ticket)).status).toBe(401);
    await stream.untilText('id:');
    await app.hub.publish('news', { data: 'still here' });
    expect((await stream.nextEvent()).data).toBe('still here');
  });

  test('goes on without a loss after another ticket and the last event id in the query', async () => {
    const app = await start();
    const ticket = await ticketFor(app, 'ann');
    const first = await follow(app, ticket);
    await first.untilText('id:');
    for (const n of [1, 2, 3]) await app.hub.publish('news', { data: `${n}` });
    expect(await first.nextData(2)).toEqual(['1', '2']);
    const lastEventId = first.events[1]!.id!;
    first.leave();
    await app.nextDisconnect();
    for (const n of [4, 5]) await app.hub.publish('news', { data: `${n}` });

    expect((await follow(app, ticket, lastEventId)).status).toBe(401);
    const second = await follow(app, await ticketFor(app, 'ann'), lastEventId);
    expect(await second.nextData(3)).toEqual(['3', '4', '5']);
    await app.hub.publish('news', { data: '6' });
    expect((await second.nextEvent()).data).toBe('6');
    expect(second.events.map(({ event }) => event)).not.toContain('gap');
  });
});
