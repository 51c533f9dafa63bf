import {
  Controller,
  Get,
  Header,
  Headers,
  NotFoundException,
  Param,
  type StreamableFile,
} from '@nestjs/common';
import { PageHeaders } from './page-headers.js';
import { assetFile, pageFile, textFile } from './public-files.js';

const ROUTES = `GET  /sse                                  the time, every second
GET  /price                                prices of AAPL and AMZN, every second
GET  /chat/sse?username=                   what is said to everyone, and to this user
GET  /chat/sse?username=&presence=true     the same, and who comes and goes
GET  /chat/online                          who is online
POST /chat/broadcast?from=&message=        says something to everyone
POST /chat/direct?from=&message=&to=       says something to one user
GET  /hub/events                           what the hub is doing, every second, where it may be seen

In a browser: / /price.html /chat.html /hub.html
`;

/** The pages, and what they are made of. They come from memory and disk only: no network is needed to see them. */
@Controller()
export class PagesController {
  /**
   * The first page for browsers; the list of routes for everybody else, such as curl. It has no script that a policy
   * could restrict, so streams can be tried out on it in every way.
   */
  @Get()
  @Header('Vary', 'Accept')
  @Header('Cache-Control', 'no-cache')
  index(@Headers('accept') accept = ''): StreamableFile {
    return accept.includes('text/html') ? pageFile('index.html') : textFile(ROUTES);
  }

  @Get('price.html')
  @PageHeaders()
  price(): StreamableFile {
    return pageFile('price.html');
  }

  @Get('chat.html')
  @PageHeaders()
  chat(): StreamableFile {
    return pageFile('chat.html');
  }

  @Get('assets/:name')
  @Header('X-Content-Type-Options', 'nosniff')
  @Header('Cache-Control', 'no-cache')
  asset(@Param('name') name: string): StreamableFile {
    const file = assetFile(name);
    if (file === undefined) throw new NotFoundException();
    return file;
  }

  /** Browsers ask for it by themselves, also on pages that name another one. */
  @Get('favicon.ico')
  @Header('Cache-Control', 'no-cache')
  favicon(): StreamableFile {
    return assetFile('favicon.svg')!;
  }
}
