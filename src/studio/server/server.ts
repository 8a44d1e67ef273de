import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { isSlicewiseError, SlicewiseError } from '../../../core/errors.js';
import { StudioHost, type StudioPlace } from '../host.js';
import type { SentAnswer, SentCall, StudioEvent } from '../protocol.js';
import { CALLS } from '../calls.js';
import { PAGE_POLICY } from '../policy.js';
import { decodeMessage, encodeMessage } from '../wire.js';

/** A studio that is served. */
export interface ServedStudio {
  /** With the token, once. */
  readonly address: string;
  readonly port: number;
  close(): Promise<void>;
}

/** What is served, and to whom. */
export interface StudioServer {
  readonly place: StudioPlace;
  /** Folder of the built page. */
  readonly page: string;
  /** Where other files of the page lie: `zoo/`, `ort/`. Only names without a slash, and only those of `folders`. */
  readonly folders: { readonly [name: string]: string };
  /** Default 0: a free one. */
  readonly port?: number;
}

const TYPES: { readonly [ending: string]: string } = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
};

/** No other page may show this one in a frame, which only a header can say. */
const POLICY = `${PAGE_POLICY}; frame-ancestors 'none'`;

const COOKIE = 'slicewise-studio';

/**
 * Serves the studio on 127.0.0.1. Whoever is let in has opened the address with its token, which works once and leaves a cookie that
 * scripts cannot read and other sites cannot send. Every request must name this host, and calls come from this origin, so that a page of
 * another site, or a name that is made to point here, reaches nothing. Files are those of the page; the page sends what its user opens.
 */
export async function serveStudio({ place, page, folders, port = 0 }: StudioServer): Promise<ServedStudio> {
  const token = randomBytes(24).toString('base64url');
  const secret = randomBytes(24).toString('base64url');
  let used = false;
  const sessions = new Map<string, Session>();
  let own = '';

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    response.setHeader('content-security-policy', POLICY);
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('referrer-policy', 'no-referrer');
    response.setHeader('cross-origin-resource-policy', 'same-origin');
    response.setHeader('cache-control', 'no-store');
    if (request.headers.host !== own) return refuse(response, 421, 'this is not the host of the studio');
    const { origin } = request.headers;
    if (origin !== undefined && origin !== `http://${own}`) return refuse(response, 403, 'calls from other pages are refused');
    const { pathname, searchParams } = new URL(request.url ?? '/', `http://${own}`);
    const given = searchParams.get('token');
    if (pathname === '/' && given !== null) {
      if (used || !same(given, token)) return refuse(response, 403, 'this address was used already: start slicewise studio again');
      used = true;
      response.setHeader('set-cookie', `${COOKIE}-${portOf(own)}=${secret}; HttpOnly; SameSite=Strict; Path=/`);
      response.writeHead(303, { location: '/' }).end();
      return;
    }
    if (!same(cookieOf(request, `${COOKIE}-${portOf(own)}`), secret)) {
      return refuse(response, 403, 'open the address that slicewise studio printed: it has a token');
    }
    if (pathname === '/studio/events' && request.method === 'GET') return listen(searchParams.get('session') ?? '', response);
    if (pathname === '/studio/call' && request.method === 'POST') {
      if (origin === undefined) return refuse(response, 403, 'calls say where they come from');
      const session = sessions.get(searchParams.get('session') ?? '');
      if (!session) return refuse(response, 404, 'this page is not connected: load it again');
      response.setHeader('content-type', 'application/octet-stream');
      response.end(encodeMessage(await session.call(decodeMessage(await bodyOf(request)) as SentCall)));
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'only reading');
    return file(pathname, response);
  };

  /** The events of a page, as long as it is open: one message after another, each behind its length. */
  const listen = (id: string, response: ServerResponse): void => {
    if (!/^[\w-]{8,64}$/.test(id) || sessions.has(id)) return refuse(response, 400, 'a page names itself');
    const session = new Session(place, (event) => {
      const bytes = encodeMessage(event);
      const length = new Uint8Array(4);
      new DataView(length.buffer).setUint32(0, bytes.length, true);
      response.write(length);
      response.write(bytes);
    });
    sessions.set(id, session);
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    response.flushHeaders();
    response.on('close', () => {
      sessions.delete(id);
      void session.close();
    });
  };

  const file = async (pathname: string, response: ServerResponse): Promise<void> => {
    const path = fileOf(pathname, page, folders);
    if (pathname === '/') {
      // the page asks the server for an engine where one is behind it
      const html = (await readFile(join(page, 'index.html'), 'utf8')).replace(
        'name="studio" content="static"',
        'name="studio" content="served"',
      );
      response.writeHead(200, { 'content-type': TYPES['.html'] }).end(html);
      return;
    }
    const found = path === undefined ? undefined : await stat(path).catch(() => undefined);
    if (path === undefined || !found?.isFile()) return refuse(response, 404, 'there is no such file');
    response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream', 'content-length': found.size });
    createReadStream(path)
      .on('error', () => response.destroy())
      .pipe(response);
  };

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else refuse(response, 400, error instanceof Error ? error.message : String(error));
    });
  });
  await started(server, port);
  const { port: taken } = server.address() as { port: number };
  own = `127.0.0.1:${taken}`;
  return {
    address: `http://${own}/?token=${token}`,
    port: taken,
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      await Promise.all([...sessions.values()].map((session) => session.close()));
    },
  };
}

/** One page that is open. */
class Session {
  readonly #host: StudioHost;

  constructor(place: StudioPlace, tell: (event: StudioEvent) => void) {
    this.#host = new StudioHost(place, tell);
  }

  async call({ id, call, given }: SentCall): Promise<SentAnswer> {
    try {
      if (!CALLS.includes(call)) throw new SlicewiseError('ARGUMENT', { message: 'there is no such call', got: String(call) });
      const method = this.#host[call] as (this: StudioHost, given: unknown) => Promise<unknown>;
      return { id, value: await method.call(this.#host, given) };
    } catch (error) {
      const code = isSlicewiseError(error) ? error.code : 'UNEXPECTED';
      return { id, error: { code, message: error instanceof Error ? error.message : String(error) } };
    }
  }

  async close(): Promise<void> {
    await this.#host.stop();
  }
}

/** Names without dots at their front and without folders but those that are known. */
function fileOf(pathname: string, page: string, folders: StudioServer['folders']): string | undefined {
  const [, folder = '', name = ''] = /^\/(?:([\w-]+)\/)?((?!\.)[\w.-]+)$/.exec(pathname) ?? [];
  if (name === '') return undefined;
  if (folder === '') return join(page, name);
  if (folder === 'assets') return join(page, 'assets', name);
  return Object.hasOwn(folders, folder) ? join(folders[folder], name) : undefined;
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8' }).end(`${text}\n`);
}

function same(given: string | undefined, wanted: string): boolean {
  const [a, b] = [Buffer.from(given ?? ''), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

const portOf = (host: string): string => host.split(':')[1];

function cookieOf({ headers }: IncomingMessage, name: string): string | undefined {
  return headers.cookie
    ?.split(';')
    .map((part) => part.trim())
    .find((part) => part.startsWith(`${name}=`))
    ?.slice(name.length + 1);
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of request) parts.push(part as Uint8Array);
  return Buffer.concat(parts);
}

/** @throws SlicewiseError BACKEND for a port that is taken */
async function started(server: Server, port: number): Promise<void> {
  await new Promise<void>((ready, fail) => server.once('error', fail).listen(port, '127.0.0.1', ready)).catch((cause: unknown) => {
    throw new SlicewiseError('BACKEND', {
      message: `the studio cannot listen on port ${port}: ${(cause as Error).message}`,
      hint: 'leave --port out: a free one is taken',
      cause,
    });
  });
}
