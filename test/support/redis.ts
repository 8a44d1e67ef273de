import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/** Is there a redis-server, and /proc, by which tests find processes? */
export const hasRedis = process.platform === 'linux' && spawnSync('redis-server', ['--version']).status === 0;

/** A Redis of the test's own on a free port of this machine; it keeps nothing and is ended at the end. */
export async function withRedis<T>(folder: string, work: (address: string) => Promise<T>): Promise<T> {
  const port = await freePort();
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  const server = spawn('redis-server', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(server, 'close');
  try {
    let said = '';
    for await (const text of server.stdout.setEncoding('utf8')) if (/ready to accept connections/i.test((said += text as string))) break;
    return await work(`redis://127.0.0.1:${port}`);
  } finally {
    server.kill('SIGKILL');
    await ended;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
