import { applyDecorators, Header } from '@nestjs/common';

// Everything comes from this server, and nothing in a page runs or looks as it does because of its own text.
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

export const PAGE_HEADERS: readonly (readonly [name: string, value: string])[] = [
  ['Content-Security-Policy', CONTENT_SECURITY_POLICY],
  ['X-Content-Type-Options', 'nosniff'],
  ['Referrer-Policy', 'no-referrer'],
  ['Cache-Control', 'no-cache'],
];

/** The headers that every page is sent with. */
export function PageHeaders(): MethodDecorator {
  return applyDecorators(...PAGE_HEADERS.map(([name, value]) => Header(name, value)));
}
