import { Controller, Get, Header } from '@nestjs/common';

const ROUTES = `GET  /sse                                  the time, every second
GET  /price                                prices of AAPL and AMZN, every second
GET  /chat/sse?username=                   what is said to everyone, and to this user
POST /chat/broadcast?from=&message=        says something to everyone
POST /chat/direct?from=&message=&to=       says something to one user
`;

@Controller()
export class AppController {
  @Get()
  @Header('Content-Type', 'text/plain; charset=utf-8')
  routes(): string {
    return ROUTES;
  }
}
