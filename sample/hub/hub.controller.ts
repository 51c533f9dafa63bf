import { Controller, Get, UseFilters, UseGuards, type StreamableFile } from '@nestjs/common';
import { SseHub, SseStream, type HubInspection, type HubStats, type SseEvent } from 'nestjs-sse-hub';
import { map, share, timer, type Observable } from 'rxjs';
import { PageHeaders } from '../pages/page-headers.js';
import { pageFile } from '../pages/public-files.js';
import { OperatorsGuard } from './operators.guard.js';
import { RefusalPage } from './refusal-page.filter.js';

const SHOWN_STREAMS = 100;

/** What the hub's own page shows, once a second. */
export interface HubSnapshot extends HubInspection {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly stats: HubStats;
}

/** The hub's own page. It names users and addresses, so it is shown to those only who run the server. */
@Controller()
@UseGuards(OperatorsGuard)
export class HubController {
  // One look a second, however many are watching, and none while nobody is.
  private readonly snapshots = timer(0, 1_000).pipe(
    map((): SseEvent => ({ event: 'snapshot', data: this.look() })),
    share(),
  );

  constructor(private readonly hub: SseHub) {}

  @Get('hub.html')
  @PageHeaders()
  @UseFilters(RefusalPage)
  page(): StreamableFile {
    return pageFile('hub.html');
  }

  @SseStream('hub/events')
  events(): Observable<SseEvent> {
    return this.snapshots;
  }

  private look(): HubSnapshot {
    return { time: Date.now(), stats: this.hub.stats(), ...this.hub.inspect({ limit: SHOWN_STREAMS }) };
  }
}
