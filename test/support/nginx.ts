import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { startProcess, type RunningProcess } from './running-process.js';
import { tlsCertificate } from './tls-certificate.js';

/** nginx as Debian configures it, in front of one server. */
export interface Nginx {
  /** HTTP/1.1. */
  readonly origin: string;
  /** HTTP/2 over TLS. */
  readonly tlsOrigin: string;
  /** Cuts all connections. */
  kill(): Promise<void>;
  /** Listens again on the same ports. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * @param server the server's configuration, where it is not the default one: made with the port of TLS, beside whose
 * configuration are `cert.pem` and `key.pem`
 */
export async function startNginx(upstreamPort: number, server?: (tlsPort: number) => string): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), 'nestjs-sse-hub-nginx-'));
  const [port, tlsPort] = [await freePort(), await freePort()];
  const { key, cert } = tlsCertificate();
  writeFileSync(join(folder, 'key.pem'), key);
  writeFileSync(join(folder, 'cert.pem'), cert);
  const servers = server?.(tlsPort) ?? defaultServer(port, tlsPort, upstreamPort);
  writeFileSync(join(folder, 'nginx.conf'), configuration(servers));
  let nginx = await start(folder);
  return {
    origin: `http://127.0.0.1:${port}`,
    tlsOrigin: `https://127.0.0.1:${tlsPort}`,
    kill: async () => void (await nginx.stop()),
    restart: async () => void (nginx = await start(folder)),
    stop: async () => {
      await nginx.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function start(folder: string): Promise<RunningProcess> {
  const nginx = startProcess('nginx', ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'], {
    PATH: `${process.env['PATH']}:/usr/sbin:/sbin`,
  });
  // It listens before it starts its workers.
  await nginx.untilOutput(/start worker process \d/);
  return nginx;
}

/**
 * What Debian has in /etc/nginx/nginx.conf, with `proxy_pass` and no option for event streams. Files are kept in the
 * folder; whoever is root stays it, since the workers could not enter the folder otherwise.
 */
function configuration(servers: string): string {
  return `${process.getuid?.() === 0 ? 'user root;' : ''}
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr notice;
events { worker_connections 768; }
http {
  sendfile on;
  tcp_nopush on;
  types_hash_max_size 2048;
  default_type application/octet-stream;
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_prefer_server_ciphers on;
  access_log off;
  gzip on;
  client_body_temp_path client-body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  ${servers}
}
`;
}

function defaultServer(port: number, tlsPort: number, upstreamPort: number): string {
  return `server {
    listen 127.0.0.1:${port};
    listen 127.0.0.1:${tlsPort} ssl http2;
    ssl_certificate cert.pem;
    ssl_certificate_key key.pem;
    location / { proxy_pass http://127.0.0.1:${upstreamPort}; }
  }`;
}
