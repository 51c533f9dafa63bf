import 'reflect-metadata';
import { Controller, Logger, Module, Post, Query } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import { SseHub, SseModule, SseStream } from 'nestjs-sse-hub';
import { SseMetricsModule } from 'nestjs-sse-hub/metrics';

// On a port of its own, so that figures are scraped from inside and not served to the world.
const exporter = new PrometheusExporter({
  host: '127.0.0.1',
  port: Number(process.env['METRICS_PORT'] ?? 9464),
  preventServerStart: true,
});
const meterProvider = new MeterProvider({ readers: [exporter] });

@Controller('news')
class NewsController {
  constructor(private readonly hub: SseHub) {}

  @SseStream()
  follow() {
    return this.hub.stream('news');
  }

  @Post()
  publish(@Query('text') text: string) {
    return this.hub.publish('news', { event: 'headline', data: { text } });
  }
}

@Module({
  imports: [SseModule.forRoot(), SseMetricsModule.forRoot({ meterProvider })],
  controllers: [NewsController],
})
class MeasuredModule {}

const app = await NestFactory.create(MeasuredModule);
app.enableShutdownHooks();
await exporter.startServer();
await app.listen(process.env['PORT'] ?? 8888);
Logger.log(`Listening on ${await app.getUrl()}`, 'Sample');
