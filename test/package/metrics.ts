import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createNoopMeter, type MeterProvider } from '@opentelemetry/api';
import { SseModule } from 'nestjs-sse-hub';
import { SseMetricsModule } from 'nestjs-sse-hub/metrics';

const meterProvider: MeterProvider = {
  getMeter: (name) => {
    console.log('meter', name);
    return createNoopMeter();
  },
};

@Module({ imports: [SseModule.forRoot(), SseMetricsModule.forRoot({ meterProvider })] })
class AppModule {}

async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: ['warn', 'error'] });
  await app.init();
  await app.close();
}

void main();
