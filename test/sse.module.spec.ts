import { describe, expect, test } from '@jest/globals';
import { Injectable, Module, type DynamicModule } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { memoryLog, SseHub, SseModule, type EventLog, type SseModuleOptions } from 'nestjs-sse-hub';

/** The name of the gap event shows which options the hub was made with. */
async function hubOf(module: DynamicModule | Promise<DynamicModule>): Promise<SseHub> {
  const testing = await Test.createTestingModule({ imports: [module] }).compile();
  return testing.get(SseHub, { strict: false });
}

function exchange(): [IncomingMessage, ServerResponse] {
  const request = new IncomingMessage(new Socket());
  return [request, new ServerResponse(request)];
}

@Injectable()
class Settings {
  readonly log = memoryLog();

  createSseOptions(): SseModuleOptions {
    return { log: this.log };
  }
}

@Module({ providers: [Settings], exports: [Settings] })
class SettingsModule {}

describe('SseModule', () => {
  test('needs no options', async () => {
    expect(await hubOf(SseModule.forRoot())).toBeInstanceOf(SseHub);
  });

  test('provides the hub to the whole application, where it is not told otherwise', async () => {
    @Injectable()
    class Service {
      constructor(readonly hub: SseHub) {}
    }
    @Module({ providers: [Service] })
    class Feature {}
    const global = await Test.createTestingModule({ imports: [SseModule.forRoot(), Feature] }).compile();
    expect(global.get(Service, { strict: false }).hub).toBe(global.get(SseHub, { strict: false }));
    const local = Test.createTestingModule({ imports: [SseModule.forRoot({ isGlobal: false }), Feature] });
    await expect(local.compile()).rejects.toThrow(/SseHub/);
  });

  test.each([
    [
      'a factory',
      () => ({ inject: [Settings], useFactory: (settings: Settings) => settings.createSseOptions() }),
    ],
    ['an existing provider', () => ({ useExisting: Settings })],
    ['a class', () => ({ useClass: Settings })],
  ])('takes its options from %s', async (_what, options) => {
    const opened: EventLog[] = [];
    class ObservedSettings extends Settings {
      override createSseOptions(): SseModuleOptions {
        opened.push(this.log);
        return super.createSseOptions();
      }
    }
    const module = SseModule.forRootAsync({ imports: [SettingsModule], ...options() });
    const testing = await Test.createTestingModule({ imports: [module] })
      .overrideProvider(Settings)
      .useClass(ObservedSettings)
      .compile();
    expect(testing.get(SseHub, { strict: false })).toBeInstanceOf(SseHub);
    expect(opened).toHaveLength(1);
  });

  test('reports errors to the logger of Nest, where no other place is given', async () => {
    const logged: unknown[] = [];
    const testing = await Test.createTestingModule({ imports: [SseModule.forRoot({ onError: undefined })] })
      .setLogger({ log: () => {}, warn: () => {}, error: (error) => logged.push(error) })
      .compile();
    const [request, response] = exchange();
    const hub = testing.get(SseHub);
    hub.open(request, response, {
      stream: hub.stream('a', { filter: () => Promise.resolve(true) as never }),
    });
    await hub.publish('a', { data: 1 });
    await hub.close();
    expect(logged).toEqual([expect.objectContaining({ code: 'FILTER_FAILED' })]);
  });

  test('fails to start with INVALID_OPTION for an option that it does not have', async () => {
    const module = SseModule.forRoot({ heartbeats: false } as SseModuleOptions);
    await expect(hubOf(module)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining('heartbeats'),
    });
  });

  test('fails to start when the log cannot be opened', async () => {
    const log = Object.assign(memoryLog(), { open: () => Promise.reject(new Error('no disk')) });
    const testing = await Test.createTestingModule({ imports: [SseModule.forRoot({ log })] }).compile();
    await expect(testing.createNestApplication().init()).rejects.toThrow('no disk');
  });

  test('closes the hub before the application shuts down', async () => {
    const testing = await Test.createTestingModule({ imports: [SseModule.forRoot()] }).compile();
    const nest = await testing.createNestApplication().init();
    const hub = nest.get(SseHub);
    await nest.close();
    await expect(hub.publish('a', { data: 'late' })).rejects.toMatchObject({ code: 'HUB_CLOSED' });
  });
});
