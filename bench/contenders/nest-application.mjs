import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';

/** A Nest application with one controller, on a free port of the loopback interface. */
export async function startNest({ platform, http2 = false }, controller, imports = []) {
  Controller()(controller);
  // oxlint-disable-next-line typescript/no-extraneous-class -- Nest wants a class, and JavaScript has no decorators
  class AppModule {}
  Module({ imports, controllers: [controller] })(AppModule);
  const adapter = platform === 'fastify' ? new FastifyAdapter({ http2 }) : new ExpressAdapter();
  const app = await NestFactory.create(AppModule, adapter, { logger: ['error'] });
  await app.listen(0, '127.0.0.1');
  return app;
}

/** What `@decorator` above a method does. */
export function decorate(type, name, decorator) {
  const descriptor = Object.getOwnPropertyDescriptor(type.prototype, name);
  decorator(type.prototype, name, descriptor);
  Object.defineProperty(type.prototype, name, descriptor);
}

export function portOf(app) {
  return app.getHttpServer().address().port;
}
