import { Module } from '@nestjs/common';
import { PriceController } from './price.controller.js';
import { PriceTicker } from './price.ticker.js';

@Module({ controllers: [PriceController], providers: [PriceTicker] })
export class PriceModule {}
