// Makes a clone ready to run: packages, WebAssembly kernels, shaders, compiled TypeScript. Does only what is out of date, and says what it
// does. Hooks (prepare, pretest) do not run here because .npmrc sets ignore-scripts, so the scripts of package.json call this one first.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPictures, stalePictures } from './build-pictures.mjs';
import { buildViewer, viewerIsStale } from './build-viewer.mjs';
import { buildShaders, staleShaders } from './build-wgsl.mjs';
import { oneAtATime } from './one-at-a-time.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
process.chdir(root);
const ROOMS = ['core', 'volumes', 'compute', 'operators', 'models', 'src', 'test', 'bench', 'examples'];
const BUILD_INFO = 'dist/.tsbuildinfo';

function run(what, command, args) {
  console.error(`setup: ${what}`);
  // npm is npm.cmd on Windows, which only a shell starts
  const done = spawnSync(command, args, {
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32' && command === 'npm',
  });
  if (done.error) throw done.error;
  if (done.status !== 0) {
    console.error(`setup: ${what} failed`);
    process.exit(done.status ?? 1);
  }
}

const packagesOf = (path) => (existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : {});

/** Compares what is installed with the lockfile: file times say nothing after a checkout. */
function packagesMissing() {
  const installed = packagesOf('node_modules/.package-lock.json');
  return Object.entries(packagesOf('package-lock.json')).some(
    ([path, { version, optional, peer }]) => path && !optional && !peer && installed[path]?.version !== version,
  );
}

function* walk(folder, wanted) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules') continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walk(path, wanted);
    else if (wanted(entry.name)) yield path;
  }
}

const age = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

/** Output of sources that are gone would still be imported, and its tests run. */
function removeOrphans() {
  for (const room of ROOMS) {
    for (const path of walk(join('dist', room), (name) => /\.(js|d\.ts)$/.test(name))) {
      const source = path.slice('dist/'.length).replace(/(\.d\.ts|\.js)$/, '.ts');
      if (!existsSync(source) && !existsSync(`${source}x`)) rmSync(path);
    }
  }
}

oneAtATime('dist/.setup.lock');
if (packagesMissing()) run('installing packages (npm ci)', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']);

const kernels = ['compute', 'operators', 'models'].flatMap((room) => [...walk(room, (name) => name.endsWith('.as.ts'))]);
const imported = kernels.filter((path) => path.endsWith('simd.as.ts'));
const shared = Math.max(...[...imported, 'scripts/build-wasm.mjs'].map(age));
const kernelsStale = kernels.some(
  (path) => !path.endsWith('simd.as.ts') && age(path.replace('.as.ts', '.generated.ts')) < Math.max(shared, age(path)),
);
if (kernelsStale) run('compiling kernels', process.execPath, ['scripts/build-wasm.mjs']);

const shaders = staleShaders();
if (shaders.length > 0) {
  console.error('setup: packing shaders');
  buildShaders(shaders);
}

const pictures = stalePictures();
if (pictures.length > 0) {
  console.error('setup: packing renderer and font of pictures');
  buildPictures(pictures);
}

if (viewerIsStale()) {
  console.error('setup: packing the viewer of reports');
  buildViewer();
}

/** Sources whose output is missing or older. */
function stale() {
  const compiled = (name) => /\.tsx?$/.test(name) && !name.endsWith('.as.ts') && !name.endsWith('.d.ts');
  const sources = ROOMS.flatMap((room) => [...walk(room, compiled)]);
  return sources.filter((path) => age(join('dist', path.replace(/\.tsx?$/, '.js'))) < age(path));
}

function compile() {
  const options = ['-p', '.', '--incremental', '--tsBuildInfoFile', BUILD_INFO];
  run('compiling TypeScript', process.execPath, ['node_modules/typescript/bin/tsc', ...options]);
}

const configured = Math.max(age('tsconfig.json'), age('package.json'));
removeOrphans();
if (stale().length > 0 || age(BUILD_INFO) < configured) {
  compile();
  if (stale().length > 0 || age(BUILD_INFO) < configured) {
    // files that were only touched, or outputs that somebody removed: from scratch
    rmSync(BUILD_INFO, { force: true });
    compile();
  }
}
