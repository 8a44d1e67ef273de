// Packs what pictures are drawn with into modules, gzip in base64, so that Node and a bundled page load them alike and only when a picture
// is wanted: the SVG renderer's WebAssembly (package @resvg/resvg-wasm) and the font (src/report/picture/inter).
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const FOLDER = 'src/report/picture';
const SELF = 'scripts/build-pictures.mjs';
const RENDERER = 'node_modules/@resvg/resvg-wasm';

const packed = (path) => `'${gzipSync(readFileSync(path), { level: 9 }).toString('base64')}'`;

/** The modules: where they go, what they are made of, their text. */
const MODULES = [
  {
    target: `${FOLDER}/resvg.generated.ts`,
    from: [],
    // not by file times: npm gives all files of packages the same one
    head: () => `// Generated from @resvg/resvg-wasm ${JSON.parse(readFileSync(`${RENDERER}/package.json`, 'utf8')).version} by ${SELF}.\n`,
    body: () => `export const resvgWasm =\n  ${packed(`${RENDERER}/index_bg.wasm`)};\n`,
  },
  {
    target: `${FOLDER}/inter.generated.ts`,
    from: ['regular', 'semibold'].map((name) => `${FOLDER}/inter/${name}.ttf`),
    head: () => `// Generated from inter/ by ${SELF}: Inter, SIL Open Font License 1.1 (inter/LICENSE.txt).\n`,
    body: () => ['regular', 'semibold'].map((name) => `export const ${name} =\n  ${packed(`${FOLDER}/inter/${name}.ttf`)};\n`).join(''),
  },
];

const age = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** Modules that are missing, older than their sources, or of another version of the renderer. */
export const stalePictures = () =>
  MODULES.filter(
    ({ target, from, head }) =>
      age(target) <= Math.max(age(SELF), ...from.map(age)) || !existsSync(target) || !readFileSync(target, 'utf8').startsWith(head()),
  );

export function buildPictures(modules) {
  for (const { target, head, body } of modules) writeFileSync(target, head() + body());
}
