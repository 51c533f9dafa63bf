import { Module } from '@nestjs/common';
import { Attendance } from './attendance.js';
import { ChatController } from './chat.controller.js';
import { Departures } from './departures.js';

@Module({ controllers: [ChatController], providers: [Attendance, Departures] })
export class ChatModule {}
