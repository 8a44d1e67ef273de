import { spawn } from 'node:child_process';
import { cp, mkdir, readdir, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import * as z from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import { processors } from '../../core/platform/threads.js';
import { createBackend, modelSources } from '../node.js';
import { serveStudio } from '../studio/server/server.js';
import type { CliCommand, Terminal } from './command.js';
import { readPath } from './streams.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const PAGE = join(root, 'dist/studio');
const ZOO = join(root, 'models/zoo');

/** What of onnxruntime-web a page fetches: networks on the processor, and on the GPU. */
const RUNTIME = ['ort-wasm-simd-threaded', 'ort-wasm-simd-threaded.asyncify'].flatMap((name) => [`${name}.mjs`, `${name}.wasm`]);

const schema = z.object({
  port: z.int().min(0).max(65535).default(0).describe('port on 127.0.0.1; 0 takes a free one'),
  workers: z.int().min(0).optional().describe('worker threads of a run in Node; default one a processor'),
  open: z.boolean().default(true).describe('do not open a browser, only print the address'),
  static: z
    .string()
    .optional()
    .describe('folder to write the page to as plain files instead, for any host: it then computes in the browser alone'),
});

export const studio: CliCommand<typeof schema> = {
  name: 'studio',
  summary: 'Opens a page in which a scan is dropped, reconstructed live, looked at and saved.',
  arguments: [{ name: '[scan]', summary: 'file or folder that the page opens with' }],
  schema,
  examples: ['studio', 'studio scan.h5', 'studio --static site/'],

  async run([path], { port, workers, open, static: folder }, { terminal, interruptible }) {
    await requirePage(terminal);
    if (folder !== undefined) {
      if (path !== undefined) throw new SlicewiseError('ARGUMENT', { message: 'plain files open no scan', hint: 'leave the scan out' });
      return writeStatic(folder, terminal);
    }
    // a name that is wrong is told here and not in the page
    if (path !== undefined) await readPath(path);
    const threads = workers ?? processors();
    const studio = await serveStudio({
      place: {
        engine: `Node on this computer (${threads} worker ${threads === 1 ? 'thread' : 'threads'})`,
        open: () => Promise.resolve(createBackend({ workers: threads })),
        zoo: modelSources(),
        ...(path === undefined ? {} : { given: { name: basename(path), read: () => readPath(path) } }),
      },
      page: PAGE,
      folders: { zoo: ZOO, ort: runtimeFolder() ?? PAGE },
      port,
    });
    const ended = interruptible('closing the studio');
    terminal.out(studio.address);
    terminal.note('the address works once, in one browser on this computer; Ctrl-C ends the studio');
    if (open) openBrowser(studio.address);
    await new Promise<void>((resolve) => (ended.aborted ? resolve() : ended.addEventListener('abort', () => resolve(), { once: true })));
    await studio.close();
  },
};

/** In a clone the page is built when it is first wanted, and when its sources have changed; a package brings it. */
async function requirePage({ note }: Terminal): Promise<void> {
  const builder = join(root, 'scripts/build-studio.mjs');
  if (await there(builder)) {
    const { studioIsStale, buildStudio } = (await import(pathToFileURL(builder).href)) as {
      studioIsStale(): boolean;
      buildStudio(): Promise<void>;
    };
    if (!studioIsStale()) return;
    note('building the page of the studio …');
    await buildStudio();
    return;
  }
  if (await there(join(PAGE, 'index.html'))) return;
  throw new SlicewiseError('FILE_NOT_FOUND', {
    message: 'the page of the studio is not part of this package',
    got: PAGE,
    hint: 'make the package with `npm run pack`, which builds the page',
  });
}

const there = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** Where onnxruntime-web's files are; undefined where the package is not installed. */
function runtimeFolder(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm'));
  } catch {
    return undefined;
  }
}

/** The page, the priors and ONNX Runtime's WebAssembly as files. @throws SlicewiseError FILE_WRITE for a folder that holds other things */
async function writeStatic(folder: string, { out, note }: Terminal): Promise<void> {
  const existing = await readdir(folder).catch(() => [] as string[]);
  if (existing.length > 0 && !existing.includes('index.html')) {
    throw new SlicewiseError('FILE_WRITE', {
      message: `'${folder}' holds other files`,
      expected: 'a new or empty folder',
      got: existing[0],
    });
  }
  await mkdir(folder, { recursive: true });
  await cp(PAGE, folder, { recursive: true });
  await cp(ZOO, join(folder, 'zoo'), { recursive: true });
  const runtime = runtimeFolder();
  if (runtime) for (const name of RUNTIME) await cp(join(runtime, name), join(folder, 'ort', name));
  else note('warning: onnxruntime-web is not installed, so the page has no learned priors; npm install onnxruntime-web');
  out(`${folder}: the studio as plain files; serve them from https or localhost (file:// gives a page no workers)`);
}

/** By the desktop's own way; where there is none the address was printed. */
function openBrowser(address: string): void {
  const [command, args] =
    process.platform === 'darwin'
      ? ['open', [address]]
      : process.platform === 'win32'
        ? ['cmd', ['/c', 'start', '', address]]
        : ['xdg-open', [address]];
  if (process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return;
  spawn(command as string, args as string[], { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref();
}
