// Compiles every kernel module to WebAssembly (simd, and simd + relaxed) and writes it beside its source as a .generated.ts string.
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import asc from 'assemblyscript/asc';

const roots = ['compute', 'operators', 'models'];
/** Kernel modules: files ending in .as.ts that export functions; those ending in simd.as.ts are only imported by others. */
async function sources(folder, wanted) {
  const found = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await sources(path, wanted)));
    else if (entry.name.endsWith('.as.ts') && wanted(entry.name)) found.push(path);
  }
  return found;
}

async function compile(path, relaxed) {
  const out = {};
  const features = relaxed ? ['simd', 'relaxed-simd'] : ['simd'];
  const { error, stderr } = await asc.main(
    [
      path,
      '--outFile',
      'kernel.wasm',
      '-O3',
      '--noAssert',
      '--runtime',
      'stub',
      '--importMemory',
      '--initialMemory',
      '1',
      '--use',
      'abort=',
      ...features.flatMap((f) => ['--enable', f]),
    ],
    {
      writeFile: (name, contents) => {
        if (name.endsWith('.wasm')) out.wasm = contents;
      },
    },
  );
  if (error) throw new Error(`${path}: ${error.message}\n${stderr.toString()}`);
  return Buffer.from(out.wasm).toString('base64');
}

const newest = async (paths) => Math.max(...(await Promise.all(paths.map(async (p) => (await stat(p)).mtimeMs))));
const imported = (name) => name.endsWith('simd.as.ts');
const list = async (wanted) => (await Promise.all(roots.map((root) => sources(root, wanted)))).flat();
const all = await list((name) => !imported(name));
const shared = await newest([...(await list(imported)), 'scripts/build-wasm.mjs']);
for (const path of all) {
  const target = path.replace(/\.as\.ts$/, '.generated.ts');
  const written = await stat(target).then(
    (s) => s.mtimeMs,
    () => 0,
  );
  if (written > Math.max(shared, await newest([path]))) continue;
  const [simd, relaxed] = [await compile(path, false), await compile(path, true)];
  const name = basename(path, '.as.ts').replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
  await mkdir(join(target, '..'), { recursive: true });
  await writeFile(
    target,
    `// Generated from ${path.split('/').pop()} by scripts/build-wasm.mjs.\nexport const ${name}Kernel = {\n  name: '${name}',\n  simd: ` +
      `'${simd}',\n  relaxed:\n    '${relaxed}',\n};\n`,
  );
  console.log(`${target}: ${Math.round((simd.length * 3) / 4)} bytes`);
}
