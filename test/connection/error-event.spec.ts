import { describe, expect, test } from '@jest/globals';
import { HttpException, NotFoundException, UnauthorizedException } from '@nestjs/common';
import { errorEvent } from '../../lib/connection/error-event.js';

const dataOf = (error: unknown): unknown => {
  const match = /^event:error\ndata:(.*)\n\n$/.exec(errorEvent(error));
  return JSON.parse(match![1]!);
};

describe('the event that ends a stream after an error', () => {
  test('says what the HTTP answer to an HttpException would have said', () => {
    expect(dataOf(new NotFoundException('no such job'))).toEqual({
      statusCode: 404,
      error: 'Not Found',
      message: 'no such job',
    });
    expect(dataOf(new HttpException('teapot', 418))).toEqual({ statusCode: 418, message: 'teapot' });
  });

  test.each([new Error('secret'), 'secret', undefined, null, { secret: true }])(
    'tells nothing of any other error: %p',
    (error) => {
      expect(dataOf(error)).toEqual({ statusCode: 500, message: 'Internal server error' });
    },
  );

  test('tells nothing of an error that an HttpException wraps', () => {
    const cause = Object.assign(new Error('secret'), { config: { password: 'secret' } });
    expect(dataOf(new UnauthorizedException(cause))).toEqual({ statusCode: 401 });
  });

  test('tells nothing where JSON cannot hold the body', () => {
    expect(dataOf(new HttpException({ big: 1n }, 400))).toEqual({
      statusCode: 500,
      message: 'Internal server error',
    });
  });
});
