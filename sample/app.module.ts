import { Module } from '@nestjs/common';
import { SseModule } from 'nestjs-sse-hub';
import { ChatModule } from './chat/chat.module.js';
import { eventLog } from './event-log.js';
import { HubModule } from './hub/hub.module.js';
import { PagesModule } from './pages/pages.module.js';
import { PriceModule } from './price/price.module.js';
import { QuickstartModule } from './quickstart/quickstart.module.js';

@Module({
  imports: [
    SseModule.forRootAsync({ useFactory: async () => ({ log: await eventLog() }) }),
    QuickstartModule,
    PriceModule,
    ChatModule,
    HubModule,
    PagesModule,
  ],
})
export class AppModule {}
