import type { AbstractHttpAdapter } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { describe } from '@jest/globals';
import { tlsCertificate } from './tls-certificate.js';

/** What serves a Nest application. */
export interface Platform {
  readonly name: string;
  readonly framework: 'express' | 'fastify';
  readonly httpVersion: '1.1' | '2.0';
  readonly scheme: 'http' | 'https';
  createAdapter(): AbstractHttpAdapter;
}

export const expressHttp1: Platform = {
  name: 'Express, HTTP/1.1',
  framework: 'express',
  httpVersion: '1.1',
  scheme: 'http',
  createAdapter: () => new ExpressAdapter(),
};

export const fastifyHttp1: Platform = {
  name: 'Fastify, HTTP/1.1',
  framework: 'fastify',
  httpVersion: '1.1',
  scheme: 'http',
  createAdapter: () => new FastifyAdapter(),
};

export const fastifyHttp2: Platform = {
  name: 'Fastify, HTTP/2',
  framework: 'fastify',
  httpVersion: '2.0',
  scheme: 'http',
  createAdapter: () => new FastifyAdapter({ http2: true }),
};

export const fastifyHttp2Tls: Platform = {
  name: 'Fastify, HTTP/2 over TLS',
  framework: 'fastify',
  httpVersion: '2.0',
  scheme: 'https',
  createAdapter: () => new FastifyAdapter({ http2: true, https: tlsCertificate() }),
};

/**
 * There is no HTTP/2 on Express: it gives requests and responses the prototypes of node:http, with which those of
 * node:http2 fail ("Cannot read properties of undefined (reading 'readable')" in `IncomingMessage._read`).
 */
export const platforms: readonly Platform[] = [expressHttp1, fastifyHttp1, fastifyHttp2, fastifyHttp2Tls];

/** The same tests on every platform, or on those of a list. */
export function describeOnEachPlatform(
  subject: string,
  tests: (platform: Platform) => void,
  on: readonly Platform[] = platforms,
): void {
  // oxlint-disable-next-line jest/valid-describe-callback -- the callers name and write the tests
  for (const platform of on) describe(`${subject} (${platform.name})`, () => tests(platform));
}
