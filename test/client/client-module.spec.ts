import { describe, expect, jest, test } from '@jest/globals';
import { Global, Injectable, Logger, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { getSseClientToken, InjectSseClient, SseClientModule } from 'nestjs-sse-hub';
import { SseClient } from '../../lib/client.js';
import { serve } from '../support/client-platforms.js';

@Injectable()
class Prices {
  readonly events: unknown[] = [];
  readonly over: Promise<void>;

  constructor(
    @InjectSseClient('prices') readonly client: SseClient,
    @InjectSseClient() readonly other: SseClient,
  ) {
    this.over = client.subscribe(({ data }) => this.events.push(data));
  }
}

@Injectable()
class Configuration {
  url = '';
}

@Global()
@Module({ providers: [Configuration], exports: [Configuration] })
class ConfigurationModule {}

describe('10. SseClientModule', () => {
  test('provides clients by name to Nest services, and closes them on shutdown', async () => {
    const server = await serve((exchange) => exchange.stream('data:{"a":1}'));
    const testing = await Test.createTestingModule({
      imports: [
        SseClientModule.register({ name: 'prices', url: server.url, decode: 'json' }),
        SseClientModule.register({ url: 'http://127.0.0.1:9/' }),
      ],
      providers: [Prices],
    }).compile();
    const app = await testing.init();
    const prices = app.get(Prices);
    await server.until(1);
    expect(prices.client).not.toBe(prices.other);
    expect(prices.other.readyState).toBe('idle');
    while (prices.events.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    expect(prices.events).toEqual([{ a: 1 }]);
    await app.close();
    await prices.over;
    expect([prices.client.readyState, prices.other.readyState]).toEqual(['closed', 'closed']);
    await server.idle();
  });

  test('takes options from a factory, which other providers are injected into', async () => {
    const testing = await Test.createTestingModule({
      imports: [
        ConfigurationModule,
        SseClientModule.registerAsync({
          inject: [Configuration],
          useFactory: async (configuration: Configuration) => ({
            url: `${configuration.url}http://127.0.0.1:9/x`,
          }),
        }),
      ],
    }).compile();
    const client = testing.get<SseClient>(getSseClientToken());
    expect(client.url).toBe('http://127.0.0.1:9/x');
    await testing.close();
  });

  test('can be overridden in tests by its token', async () => {
    const own = new SseClient('http://127.0.0.1:9/');
    const testing = await Test.createTestingModule({
      imports: [SseClientModule.register({ name: 'prices', url: 'http://127.0.0.1:9/' })],
    })
      .overrideProvider(getSseClientToken('prices'))
      .useValue(own)
      .compile();
    expect(testing.get(getSseClientToken('prices'))).toBe(own);
  });

  test("tells Nest's logger of what goes wrong, and goes on", async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const server = await serve((exchange, index) =>
      index === 0 ? exchange.answer(503) : exchange.stream('data:a'),
    );
    const testing = await Test.createTestingModule({
      imports: [SseClientModule.register({ url: server.url, reconnectDelay: 1, minReconnectDelay: 0 })],
    }).compile();
    for await (const event of testing.get<SseClient>(getSseClientToken())) {
      expect(event.data).toBe('a');
      break;
    }
    expect(warn).toHaveBeenCalledWith(expect.objectContaining({ code: 'BAD_RESPONSE' }));
    warn.mockRestore();
  });

  test('refuses options that are none when the application is built', async () => {
    const building = Test.createTestingModule({
      imports: [SseClientModule.register({ url: 'http://127.0.0.1:9/', retries: 3 } as never)],
    }).compile();
    await expect(building).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});
