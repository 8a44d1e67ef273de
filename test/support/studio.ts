import { createServer, request, type Server } from 'node:http';
import { readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { extname, join, resolve as absolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { createBackend, zoo } from '../../src/node.js';
import { serveStudio, type ServedStudio } from '../../src/studio/server/server.js';
import type { StudioPlace } from '../../src/studio/host.js';

/** Debian's Chromium, where it is installed. */
export const CHROMIUM = '/usr/bin/chromium';
export const hasChromium = existsSync(CHROMIUM);

/** A GPU that is Chromium's own, computed on the processor: WebGPU and WebGL 2. */
export const WITH_GPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader', '--enable-unsafe-swiftshader'];

export const launch = (gpu: readonly string[] = ['--disable-gpu']): Promise<Browser> =>
  chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage', ...gpu] });

/** The page, built if its sources are newer. */
export async function builtPage(): Promise<string> {
  const { studioIsStale, buildStudio } = (await import(pathToFileURL(absolute('scripts/build-studio.mjs')).href)) as {
    studioIsStale(): boolean;
    buildStudio(): Promise<void>;
  };
  if (studioIsStale()) await buildStudio();
  return 'dist/studio';
}

/** A studio on two threads, with the priors of the package. */
export const serve = async (place: Partial<StudioPlace> = {}): Promise<ServedStudio> =>
  serveStudio({
    place: { engine: 'Node', open: () => Promise.resolve(createBackend({ workers: 2 })), zoo: zoo(), ...place },
    page: await builtPage(),
    folders: { zoo: 'models/zoo', ort: 'node_modules/onnxruntime-web/dist' },
  });

/** What a page said that it should not have, and what it asked of other hosts. */
export interface Heard {
  readonly errors: string[];
  readonly elsewhere: string[];
}

/** A page that is listened to. */
export async function listenedPage(browser: Browser, width = 1200): Promise<{ page: Page; heard: Heard }> {
  const page = await browser.newPage({ viewport: { width, height: 900 } });
  page.setDefaultTimeout(240_000);
  const heard: Heard = { errors: [], elsewhere: [] };
  page.on('console', (message) => message.type() === 'error' && heard.errors.push(message.text()));
  page.on('pageerror', (error) => heard.errors.push(String(error)));
  page.on('request', (asked) => {
    if (!/^(http:\/\/127\.0\.0\.1:|blob:|data:)/.test(asked.url())) heard.elsewhere.push(asked.url());
  });
  return { page, heard };
}

/** Status and text of a request that says of itself what it is told to. */
export function ask(
  port: number,
  path: string,
  headers: { readonly [name: string]: string },
  method = 'GET',
): Promise<[number, string, string?]> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve([response.statusCode ?? 0, text, response.headers['set-cookie']?.[0]]));
    });
    asked.on('error', reject).end();
  });
}

const TYPES: { readonly [ending: string]: string } = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.mjs': 'text/javascript',
};

/** Any host of plain files. */
export async function hostFiles(folder: string): Promise<{ address: string; server: Server }> {
  const server = createServer((asked, response) => {
    const { pathname } = new URL(asked.url ?? '/', 'http://localhost');
    const path = join(folder, pathname.endsWith('/') ? `${pathname}index.html` : pathname);
    readFile(path).then(
      (bytes) => response.writeHead(200, { 'content-type': TYPES[extname(path)] ?? 'application/octet-stream' }).end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  return { address: `http://127.0.0.1:${(server.address() as { port: number }).port}/`, server };
}
