import { afterEach, describe, expect, test } from '@jest/globals';
import {
  Module,
  type DynamicModule,
  type INestApplication,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { metrics } from '@opentelemetry/api';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { SseHub, SseModule } from 'nestjs-sse-hub';
import { SseMetricsModule, type SseMetricsOptions } from 'nestjs-sse-hub/metrics';
import { expressHttp1 } from '../support/platforms.js';
import { startApp } from '../support/start-app.js';
import { collect, ManualReader, valueOf } from './collect.js';

const reader = () => {
  const manual = new ManualReader();
  return { manual, meterProvider: new MeterProvider({ readers: [manual] }) };
};

async function init(...imports: (DynamicModule | (new () => object))[]): Promise<INestApplication> {
  const module = await Test.createTestingModule({ imports: [SseModule.forRoot(), ...imports] }).compile();
  return module.createNestApplication().init();
}

afterEach(() => {
  metrics.disable();
});

describe('SseMetricsModule', () => {
  test('tells what the hub of the application does', async () => {
    const { manual, meterProvider } = reader();
    const nest = await init(SseMetricsModule.forRoot({ meterProvider }));
    await nest.get(SseHub).publish('a', { data: 1 });
    expect(valueOf(await collect(manual), 'sse.event.published')).toBe(1);
    await nest.close();
  });

  test('needs no options: it takes the global meter provider', async () => {
    const { manual, meterProvider } = reader();
    metrics.setGlobalMeterProvider(meterProvider);
    const nest = await init(SseMetricsModule.forRoot());
    expect(valueOf(await collect(manual), 'sse.stream.active')).toBe(0);
    await nest.close();
  });

  test('takes its options from a factory', async () => {
    const { manual, meterProvider } = reader();
    const useFactory = (): SseMetricsOptions => ({ meterProvider, attributes: { shop: 'north' } });
    const nest = await init(SseMetricsModule.forRootAsync({ useFactory }));
    expect(valueOf(await collect(manual), 'sse.stream.active', { shop: 'north' })).toBe(0);
    await nest.close();
  });

  test('fails to start with INVALID_OPTION for an option that it does not have', async () => {
    const options = { meter: 1 } as SseMetricsOptions;
    await expect(init(SseMetricsModule.forRoot(options))).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  test('tells nothing any more when the application has shut down', async () => {
    const { manual, meterProvider } = reader();
    const nest = await init(SseMetricsModule.forRoot({ meterProvider }));
    await nest.close();
    expect(valueOf(await collect(manual), 'sse.stream.active')).toBeUndefined();
  });

  test('still tells why the last streams ended when the root module is told of the shutdown, to flush', async () => {
    const { manual, meterProvider } = reader();
    let ended: unknown;
    @Module({ imports: [SseMetricsModule.forRoot({ meterProvider })] })
    class Root implements OnApplicationShutdown {
      async onApplicationShutdown(): Promise<void> {
        ended = valueOf(await collect(manual), 'sse.stream.closed', { 'sse.close.reason': 'shutdown' });
      }
    }
    const app = await startApp(expressHttp1, {
      imports: [Root],
      configure: (nest) => {
        nest.use('/news', (request: object, response: object) => {
          const hub = nest.get(SseHub);
          hub.open(request, response, { stream: hub.stream('news') });
        });
      },
    });
    const stream = await app.open('/news');
    await stream.untilText('id:');
    await app.nest.close();
    expect(ended).toBe(1);
  });
});
