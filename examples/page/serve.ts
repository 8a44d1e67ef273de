/**
 * Bundles the page and serves it: `node dist/examples/page/serve.js [port]` after `npm run setup`. No special headers: the page needs no
 * shared memory. WebGPU wants https or localhost.
 */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { builtinModules } from 'node:module';
import { basename, extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const root = new URL(import.meta.url.includes('/dist/') ? '../../../' : '../../', import.meta.url);
const at = (path: string): string => fileURLToPath(new URL(path, root));

/** Readers of some formats ask for Node's modules in branches that a page never takes. */
const withoutNode: Plugin = {
  name: 'without-node',
  setup(bundler) {
    const builtin = new Set(builtinModules);
    bundler.onResolve({ filter: /.*/ }, ({ path }) => (builtin.has(path.replace(/^node:/, '')) ? { path, namespace: 'empty' } : undefined));
    bundler.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** page.js and its chunks, by name: ONNX Runtime is one of its own, fetched when a network is wanted. */
export async function bundlePage(): Promise<Map<string, Uint8Array>> {
  const { outputFiles } = await build({
    entryPoints: [at('dist/examples/page/page.js')],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    outdir: '/',
    write: false,
    logLevel: 'error',
    plugins: [withoutNode],
  });
  return new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]));
}

/** Where the page's files are, but for the bundle. */
function fileOf(path: string): string | undefined {
  if (path === '/') return at('examples/page/index.html');
  const [, folder, name = ''] = /^\/(?:(zoo)\/)?([\w.-]+)$/.exec(path) ?? [];
  if (folder === 'zoo') return at(`models/zoo/${name}`);
  return name.endsWith('.wasm') ? at(`node_modules/onnxruntime-web/dist/${name}`) : undefined;
}

const TYPES: { readonly [ending: string]: string } = {
  '': 'text/html',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/**
 * Serves the page on localhost.
 * @param files more files, by path
 * @param onPost what to do with what the page sends
 */
export async function servePage(
  port = 0,
  files: ReadonlyMap<string, Uint8Array> = new Map(),
  onPost?: (path: string, body: Uint8Array) => void,
): Promise<Server> {
  const bundle = await bundlePage();
  const answer = async (path: string): Promise<Uint8Array | undefined> => {
    const made = files.get(path) ?? bundle.get(path.slice(1));
    const file = made ? undefined : fileOf(path);
    return made ?? (file ? readFile(file).catch(() => undefined) : undefined);
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const serve = async (): Promise<void> => {
      if (request.method === 'POST' && onPost) {
        onPost(pathname, await bodyOf(request));
        response.end();
        return;
      }
      const content = await answer(pathname);
      if (!content) response.statusCode = 404;
      response.setHeader('content-type', TYPES[extname(pathname)] ?? 'application/octet-stream');
      response.end(content);
    };
    serve().catch(() => response.destroy());
  });
  await new Promise<void>((ready, fail) => server.once('error', fail).listen(port, '127.0.0.1', ready));
  return server;
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of request) parts.push(part as Uint8Array);
  return Buffer.concat(parts);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.argv[2] ?? 8080);
  await servePage(port);
  console.log(`http://localhost:${port}/`);
}
