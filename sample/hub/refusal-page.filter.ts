import {
  Catch,
  ForbiddenException,
  UnauthorizedException,
  type ArgumentsHost,
  type ExceptionFilter,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { PAGE_HEADERS } from '../pages/page-headers.js';
import { readPage } from '../pages/public-files.js';

/** Answers with a page that says why, where a browser would show JSON, and has it ask for the password. */
@Catch(ForbiddenException, UnauthorizedException)
export class RefusalPage implements ExceptionFilter {
  constructor(private readonly host: HttpAdapterHost) {}

  catch(error: ForbiddenException | UnauthorizedException, host: ArgumentsHost): void {
    const { httpAdapter } = this.host;
    const response: unknown = host.switchToHttp().getResponse();
    const headers = [...PAGE_HEADERS, ['Content-Type', 'text/html; charset=utf-8'] as const];
    for (const [name, value] of headers) httpAdapter.setHeader(response, name, value);
    if (error instanceof UnauthorizedException) {
      httpAdapter.setHeader(response, 'WWW-Authenticate', 'Basic realm="hub", charset="UTF-8"');
    }
    httpAdapter.reply(response, readPage('refused.html').toString(), error.getStatus());
  }
}
