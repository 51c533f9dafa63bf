import { Controller, Logger } from '@nestjs/common';
import { LastEventId, SseStream, type SseEvent } from 'nestjs-sse-hub';
import { interval, map, Observable } from 'rxjs';
import { rfc3339 } from '../rfc3339.js';

@Controller()
export class QuickstartController {
  private readonly logger = new Logger(QuickstartController.name);

  @SseStream('sse')
  time(@LastEventId() lastEventId: string | undefined): Observable<SseEvent> {
    this.logger.log(`last event ID: ${JSON.stringify(lastEventId ?? '')}`);
    return interval(1_000).pipe(map(() => ({ event: 'timestamp', data: rfc3339(new Date()) })));
  }
}
