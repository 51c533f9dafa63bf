import { Module } from '@nestjs/common';
import { ChatController } from './chat.controller.js';
import { Departures } from './departures.js';

@Module({ controllers: [ChatController], providers: [Departures] })
export class ChatModule {}
