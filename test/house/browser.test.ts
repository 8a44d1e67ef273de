import { builtinModules } from 'node:module';
import vm from 'node:vm';
import test from 'ava';
import { build, type Plugin } from 'esbuild';
import { smallScan } from '../support/scans.js';

/** Packages that ask for Node's modules in branches a page never takes; their own bundler hints leave them out. */
const GUARDED = /node_modules\/(geotiff|dicom-parser|@cornerstonejs\/codec-[a-z0-9-]+)\//;

/** Refuses Node's modules, but for the branches above, which get an empty one. */
function withoutNode(found: string[]): Plugin {
  const builtin = new Set(builtinModules);
  return {
    name: 'without-node',
    setup(bundler) {
      bundler.onResolve({ filter: /.*/ }, ({ path, importer }) => {
        const name = path.replace(/^node:/, '');
        if (!builtin.has(name) && name === path) return undefined;
        if (name !== path || !GUARDED.test(importer)) found.push(`${path} from ${importer}`);
        return { path: name, namespace: 'empty' };
      });
      bundler.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'module.exports = {};' }));
    },
  };
}

const bundle = async (found: string[]): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: ['dist/src/browser.js'],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'slicewise',
    platform: 'browser',
    logLevel: 'silent',
    plugins: [withoutNode(found)],
  });
  return outputFiles[0].text;
};

test('the browser entry bundles without a module of Node, and reconstructs where there is no Node', async (t) => {
  const found: string[] = [];
  const code = await bundle(found);
  t.deepEqual(found, []);

  // a page's globals, and none of Node's
  const page = {
    WebAssembly,
    TextEncoder,
    TextDecoder,
    Blob,
    Response,
    URL,
    AbortController,
    performance,
    crypto,
    console,
    atob,
    btoa,
    DecompressionStream,
    CompressionStream,
    setTimeout,
    clearTimeout,
    queueMicrotask,
    structuredClone,
  };
  const { scan } = await smallScan(2, 24, 8);
  const context = vm.createContext({ ...page, scan, hostError: undefined });
  vm.runInContext(code, context);
  const made = (await vm.runInContext(
    `(async () => {
      const backend = slicewise.createCpuBackend({ workers: 0 });
      const own = { ...scan, data: new Float32Array(scan.data) };
      const run = new slicewise.Reconstruction(own, { method: 'cgls', methodOptions: { iterations: 5 }, backend });
      const { volume } = await run.result();
      const bytes = await slicewise.writeVolume('out.nii.gz', volume);
      const again = await slicewise.readVolume([{ name: 'out.nii.gz', bytes }]);
      const picture = await slicewise.renderMontage({ results: [{ name: 'cgls', volume }] });
      const found = { process: typeof process, shape: again.shape, units: again.units, finite: again.data.every(Number.isFinite) };
      return { ...found, picture };
    })()`,
    context,
  )) as { process: string; shape: number[]; units: string; finite: boolean; picture: Uint8Array };
  const { picture, ...image } = made;
  t.deepEqual([...picture.subarray(0, 8)], [137, ...Array.from('PNG\r\n\x1a\n', (c) => c.charCodeAt(0))]);
  t.deepEqual({ ...image, shape: [...image.shape] }, { process: 'undefined', shape: [2, 24, 24], units: 'HU', finite: true });
});

test('the rule refuses a planted import of Node', async (t) => {
  const found: string[] = [];
  await build({
    stdin: { contents: `import 'node:fs'; import 'path';`, resolveDir: '.' },
    bundle: true,
    write: false,
    platform: 'browser',
    logLevel: 'silent',
    plugins: [withoutNode(found)],
  });
  t.is(found.length, 2);
});

test('what reads HDF5, TIFF and XML and what draws pictures, most of a page’s bytes, are parts that are fetched when wanted', async (t) => {
  const { metafile } = await build({
    entryPoints: ['dist/src/browser.js'],
    bundle: true,
    write: false,
    splitting: true,
    format: 'esm',
    outdir: 'bundle',
    platform: 'browser',
    logLevel: 'silent',
    metafile: true,
    plugins: [withoutNode([])],
  });
  const eager = new Set<string>();
  const add = (path: string): void => {
    if (eager.has(path)) return;
    eager.add(path);
    for (const { path: next, kind } of metafile.outputs[path].imports) if (kind === 'import-statement') add(next);
  };
  const [entry] = Object.keys(metafile.outputs).filter((path) => metafile.outputs[path].entryPoint === 'dist/src/browser.js');
  add(entry);
  const packages = [...eager].flatMap((path) => Object.keys(metafile.outputs[path].inputs));
  t.deepEqual(
    packages.filter((path) => /h5wasm|resvg|inter\.generated|geotiff|fast-xml-parser|ismrmrd\/ismrmrd/.test(path)),
    [],
  );
  const bytes = [...eager].reduce((sum, path) => sum + metafile.outputs[path].bytes, 0);
  t.log(`${(bytes / 1e6).toFixed(2)} MB before the first HDF5 file, not minified`);
  t.true(bytes < 3e6, `${bytes} bytes`); // 2.80 MB; 8.7 MB with h5wasm
});
