import { expect, test } from '@jest/globals';
import {
  Body,
  Catch,
  Controller,
  Header,
  Headers,
  Inject,
  Injectable,
  Param,
  ParseIntPipe,
  Query,
  RequestMethod,
  Scope,
  SetMetadata,
  UnauthorizedException,
  UseFilters,
  UseGuards,
  Version,
  VersioningType,
  type ArgumentsHost,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
} from '@nestjs/common';
import { REQUEST, Reflector } from '@nestjs/core';
import { SseStream } from 'nestjs-sse-hub';
import { of } from 'rxjs';
import { describeOnEachPlatform } from '../support/platforms.js';
import { startApp } from '../support/start-app.js';

@Controller('methods')
class Methods {
  @SseStream()
  get() {
    return of('get');
  }

  @SseStream('post', { method: RequestMethod.POST })
  post(@Body() body: { topic: string }) {
    return of(body);
  }

  @SseStream('put', { method: RequestMethod.PUT })
  put(@Body() body: unknown) {
    return of(body);
  }

  @SseStream('any', { method: RequestMethod.ALL })
  any() {
    return of('any');
  }

  @SseStream(['one', 'two/:id'])
  several(@Param('id') id = 'none') {
    return of(id);
  }
}

describeOnEachPlatform('@SseStream maps', (platform) => {
  const start = () => startApp(platform, { controllers: [Methods] });

  test("a GET to the controller's path by default", async () => {
    const app = await start();
    expect(await (await app.open('/methods')).whole()).toBe('data:get\n\n');
  });

  test.each(['POST', 'PUT'])('a %s, whose body has been parsed, and answers 200', async (method) => {
    const app = await start();
    const stream = await app.open(`/methods/${method.toLowerCase()}`, { method, body: { topic: 'news' } });
    expect(stream.status).toBe(200);
    expect(await stream.whole()).toBe('data:{"topic":"news"}\n\n');
  });

  test.each(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])('all methods, with %s among them', async (method) => {
    const app = await start();
    const stream = await app.open('/methods/any', { method });
    expect(stream.status).toBe(200);
    expect(await stream.whole()).toBe('data:any\n\n');
  });

  test('several paths, with parameters', async () => {
    const app = await start();
    expect(await (await app.open('/methods/one')).whole()).toBe('data:none\n\n');
    expect(await (await app.open('/methods/two/7')).whole()).toBe('data:7\n\n');
  });

  test('no other method than its own', async () => {
    const app = await start();
    const answer = await app.open('/methods', { method: 'DELETE' });
    expect(answer.status).toBe(404);
  });

  test('a path below the global prefix', async () => {
    const app = await startApp(platform, {
      controllers: [Methods],
      configure: (nest) => nest.setGlobalPrefix('api'),
    });
    expect(await (await app.open('/api/methods')).whole()).toBe('data:get\n\n');
  });

  test('versions of a path', async () => {
    @Controller('versions')
    class Versions {
      @Version('1')
      @SseStream()
      first() {
        return of('first');
      }

      @SseStream()
      @Version('2')
      second() {
        return of('second');
      }
    }
    const app = await startApp(platform, {
      controllers: [Versions],
      configure: (nest) => nest.enableVersioning({ type: VersioningType.URI }),
    });
    expect(await (await app.open('/v1/versions')).whole()).toBe('data:first\n\n');
    expect(await (await app.open('/v2/versions')).whole()).toBe('data:second\n\n');
  });
});

@Injectable({ scope: Scope.REQUEST })
class Visit {
  constructor(@Inject(REQUEST) readonly request: { headers: Record<string, string> }) {}
}

@Controller({ path: 'visits', scope: Scope.REQUEST })
class Visits {
  constructor(private readonly visit: Visit) {}

  @SseStream()
  visits() {
    return of(`${this.visit.request.headers['x-name']}`);
  }
}

const ROLE = SetMetadata('role', 'admin');

@Injectable()
class RoleGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    if (headers['x-role'] === undefined) throw new UnauthorizedException('who are you?');
    return headers['x-role'] === this.reflector.get('role', context.getHandler());
  }
}

class Teapot extends Error {}

@Catch(Teapot)
class TeapotFilter implements ExceptionFilter {
  catch(_error: Teapot, host: ArgumentsHost): void {
    const reply = host.switchToHttp().getResponse<{ status(code: number): { send(body: unknown): void } }>();
    reply.status(418).send({ brewing: 'tea' });
  }
}

@Controller('guarded')
class Guarded {
  // The metadata of decorators below and above must survive.
  @ROLE
  @UseGuards(RoleGuard)
  @SseStream('above')
  above() {
    return of('let in');
  }

  @SseStream('below')
  @UseGuards(RoleGuard)
  @ROLE
  below() {
    return of('let in');
  }

  @SseStream('pipe/:id')
  pipe(
    @Param('id', ParseIntPipe) id: number,
    @Query('name') name: string,
    @Headers('x-name') header: string,
  ) {
    return of([typeof id, id, name, header]);
  }

  @SseStream('filter')
  @UseFilters(TeapotFilter)
  filter() {
    throw new Teapot();
  }

  @UseFilters(TeapotFilter)
  @SseStream('filter-above')
  @Header('x-kept', 'no matter')
  async filterAbove() {
    return Promise.reject(new Teapot());
  }
}

describeOnEachPlatform('on a route with @SseStream', (platform) => {
  test('controllers and providers can be request-scoped', async () => {
    const app = await startApp(platform, { controllers: [Visits], providers: [Visit] });
    expect(await (await app.open('/visits', { headers: { 'x-name': 'ann' } })).whole()).toBe('data:ann\n\n');
    expect(await (await app.open('/visits', { headers: { 'x-name': 'bob' } })).whole()).toBe('data:bob\n\n');
  });

  test.each(['above', 'below'])('a guard %s the decorator lets in', async (place) => {
    const app = await startApp(platform, { controllers: [Guarded] });
    const stream = await app.open(`/guarded/${place}`, { headers: { 'x-role': 'admin' } });
    expect(await stream.whole()).toBe('data:let in\n\n');
  });

  test.each(['above', 'below'])('a guard %s the decorator keeps out', async (place) => {
    const app = await startApp(platform, { controllers: [Guarded] });
    const answer = await app.open(`/guarded/${place}`, { headers: { 'x-role': 'guest' } });
    expect(answer.status).toBe(403);
    expect(app.connectionEvents).toEqual([]);
  });

  test("a guard's exception is the answer", async () => {
    const app = await startApp(platform, { controllers: [Guarded] });
    const answer = await app.open('/guarded/below');
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ message: 'who are you?' });
  });

  test('pipes and the parameter decorators of Nest work', async () => {
    const app = await startApp(platform, { controllers: [Guarded] });
    const stream = await app.open('/guarded/pipe/7?name=ann', { headers: { 'x-name': 'bob' } });
    expect(await stream.whole()).toBe('data:["number",7,"ann","bob"]\n\n');
  });

  test('what a pipe refuses is a 400', async () => {
    const app = await startApp(platform, { controllers: [Guarded] });
    const answer = await app.open('/guarded/pipe/seven');
    expect(answer.status).toBe(400);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
  });

  test.each(['filter', 'filter-above'])('a filter answers what the handler throws (%s)', async (path) => {
    const app = await startApp(platform, { controllers: [Guarded] });
    const answer = await app.open(`/guarded/${path}`);
    expect(answer.status).toBe(418);
    expect(await answer.json()).toEqual({ brewing: 'tea' });
  });
});
