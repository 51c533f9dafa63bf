import { Module } from '@nestjs/common';
import { QuickstartController } from './quickstart.controller.js';

@Module({ controllers: [QuickstartController] })
export class QuickstartModule {}
