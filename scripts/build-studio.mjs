// Builds the page of the studio (src/studio/page) into dist/studio with Vite. Not part of the set-up, which every command does first:
// `slicewise studio` in a clone and `npm run pack` call it where the page is missing or older than its sources.
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const OUT = join(root, 'dist/studio');
const ROOMS = ['core', 'volumes', 'compute', 'operators', 'models', 'src'];

/** The newest of all sources that may be part of the page. */
function newest(folder) {
  let latest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) latest = Math.max(latest, entry.name === 'training' || entry.name === 'cli' ? 0 : newest(path));
    else if (/\.(tsx?|css|html|json)$/.test(entry.name)) latest = Math.max(latest, statSync(path).mtimeMs);
  }
  return latest;
}

export function studioIsStale() {
  const built = join(OUT, 'index.html');
  if (!existsSync(built)) return true;
  const self = Math.max(statSync(fileURLToPath(import.meta.url)).mtimeMs, statSync(join(root, 'package.json')).mtimeMs);
  return Math.max(self, ...ROOMS.map((room) => newest(join(root, room)))) > statSync(built).mtimeMs;
}

/** zod is imported as one object, of which nothing can be left out; as a namespace what is not used is. */
const namespaces = {
  name: 'zod-as-a-namespace',
  enforce: 'pre',
  transform(code, id) {
    if (!/\.tsx?$/.test(id) || !code.includes(`import { z } from 'zod'`)) return undefined;
    return { code: code.replace(`import { z } from 'zod'`, `import * as z from 'zod'`), map: null };
  },
};

/** Modules of Node that readers of formats ask for in branches that a page never takes, and the runtime of Node. */
const withoutNode = {
  name: 'without-node',
  enforce: 'pre',
  resolveId(id) {
    if (id === 'onnxruntime-node') return '\0onnxruntime-node';
    if (id.startsWith('onnxruntime-web') && !existsSync(join(root, 'node_modules/onnxruntime-web'))) return '\0missing';
    return undefined;
  },
  load(id) {
    if (id === '\0onnxruntime-node') return 'throw new Error("this is a page");';
    if (id === '\0missing') return 'throw new Error("the page was built without the package onnxruntime-web");';
    return undefined;
  },
};

export async function buildStudio() {
  const { build } = await import('vite');
  const priors = readdirSync(join(root, 'models/zoo'))
    .filter((name) => name.endsWith('.json'))
    .map((name) => name.slice(0, -'.json'.length));
  const plugins = () => [namespaces, withoutNode];
  // beside, then renamed: a studio that is open goes on with the files it has
  const made = `${OUT}.${process.pid}`;
  await build({
    configFile: false,
    root: join(root, 'src/studio/page'),
    base: './',
    logLevel: 'error',
    define: { __PRIORS__: JSON.stringify(priors) },
    // the WebAssembly of ONNX Runtime is served as it is, and not packed
    resolve: { conditions: ['onnxruntime-web-use-extern-wasm', 'module', 'browser', 'import', 'default'] },
    plugins: plugins(),
    worker: { format: 'es', plugins },
    build: {
      outDir: made,
      emptyOutDir: true,
      target: 'es2022',
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 1e4,
      reportCompressedSize: false,
    },
  });
  const page = join(made, 'index.html');
  if (!existsSync(page) || !readFileSync(page, 'utf8').includes('assets/')) throw new Error('the page of the studio is empty');
  rmSync(OUT, { recursive: true, force: true });
  renameSync(made, OUT);
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url) && studioIsStale()) {
  console.error('setup: building the page of the studio');
  await buildStudio();
}
