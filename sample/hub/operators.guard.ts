import { createHash, timingSafeEqual } from 'node:crypto';
import {
  ForbiddenException,
  Injectable,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';

const LOOPBACK = /^(?:(?:::ffff:)?127(?:\.\d+){3}|::1)$/;
const LOOPBACK_NAME = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/;

/** What Express and Fastify both have. */
interface PlatformRequest {
  readonly headers: { readonly authorization?: string };
  readonly hostname: string;
  readonly socket: { readonly remoteAddress?: string };
}

/**
 * Lets in whoever has the password of the environment's `HUB_PAGE_TOKEN`. Without one, only browsers and programs on
 * this machine are let in, which call it by its own name: a name of somebody else's that leads here is a page of
 * theirs that tries to read ours. Behind a proxy everybody comes from this machine: set the token there.
 */
@Injectable()
export class OperatorsGuard implements CanActivate {
  private readonly token = process.env['HUB_PAGE_TOKEN'] ?? '';

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<PlatformRequest>();
    if (this.token === '') {
      if (isLocal(request)) return true;
      throw new ForbiddenException(
        'Only from the machine that it runs on, or with HUB_PAGE_TOKEN set there.',
      );
    }
    if (isSame(passwordOf(request), this.token)) return true;
    throw new UnauthorizedException('The password is what HUB_PAGE_TOKEN says where the server runs.');
  }
}

function isLocal({ socket, hostname }: PlatformRequest): boolean {
  return LOOPBACK.test(socket.remoteAddress ?? '') && LOOPBACK_NAME.test(hostname);
}

/** The password of HTTP Basic, which browsers ask for, and send with an EventSource too; the user name is anybody's. */
function passwordOf({ headers }: PlatformRequest): string {
  const [scheme, credentials = ''] = (headers.authorization ?? '').split(' ');
  if (scheme?.toLowerCase() !== 'basic') return '';
  return Buffer.from(credentials, 'base64').toString().split(':').slice(1).join(':');
}

/** In a time that does not tell how much of it was right. */
function isSame(given: string, expected: string): boolean {
  return timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
