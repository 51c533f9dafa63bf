import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { hasEnded, untilEnded } from '../ending.mjs';
import { EVENT_NAME } from '../event.mjs';
import { listen } from './listen.mjs';

/**
 * nchan in an nginx with one worker, which is what is measured. This process only publishes, over one connection that
 * is kept: the events of a turn leave in one write, a request each.
 */
export async function start({ http2 }) {
  const [port, publisherPort] = [await freePort(), await freePort()];
  const folder = mkdtempSync(join(tmpdir(), 'nestjs-sse-hub-nchan-'));
  writeFileSync(join(folder, 'nginx.conf'), configuration(port, publisherPort, http2));
  const nginx = spawn('nginx', ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'], {
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  process.on('exit', () => {
    nginx.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  const pid = await workerOf(nginx);
  const publisher = connect(publisherPort, '127.0.0.1').setNoDelay(true);
  await once(publisher, 'connect');
  publisher.resume();
  return {
    port,
    pid,
    publish: (events) => publisher.write(events.map(toRequest).join('')),
    stop: async () => {
      nginx.kill();
      await untilEnded(nginx);
    },
  };
}

function toRequest(data) {
  const body = JSON.stringify(data);
  return `POST /publish HTTP/1.1\r\nHost: bench\r\nX-EventSource-Event: ${EVENT_NAME}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

async function workerOf(nginx) {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (hasEnded(nginx)) break;
    const [worker] = readFileSync(`/proc/${nginx.pid}/task/${nginx.pid}/children`, 'utf8').split(' ');
    if (worker !== '') return Number(worker);
    await delay(50);
  }
  throw new Error('nginx has not started its worker');
}

async function freePort() {
  const server = createServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
}

/** The defaults, but for what a connection must not end by while it is measured, and a history of 1,000 events. */
function configuration(port, publisherPort, http2) {
  return `${process.getuid() === 0 ? 'user root;' : ''}
load_module /usr/lib/nginx/modules/ngx_nchan_module.so;
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr error;
events { worker_connections 16384; }
http {
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 1h;
  client_body_temp_path client-body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  client_body_buffer_size 64k;
  server {
    listen 127.0.0.1:${port}${http2 ? ' http2' : ''};
    listen 127.0.0.1:${publisherPort};
    location = / {
      nchan_subscriber eventsource;
      nchan_channel_id bench;
      nchan_subscriber_first_message newest;
    }
    location = /publish {
      nchan_publisher http;
      nchan_channel_id bench;
      nchan_message_buffer_length 1000;
    }
  }
}
`;
}
