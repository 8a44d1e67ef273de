// Bundles the viewer of reports (src/report/viewer/embedded.ts) into a module that holds it as text, with the hash by which a report's
// policy lets it run.
import { createHash } from 'node:crypto';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { transformSync, buildSync } from 'esbuild';

const FOLDER = 'src/report/viewer';
const TARGET = `${FOLDER}/script.generated.ts`;
const SELF = 'scripts/build-viewer.mjs';
const FROM = ['embedded', 'viewer'].map((name) => `${FOLDER}/${name}.ts`);

const age = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

export const viewerIsStale = () => age(TARGET) <= Math.max(...[...FROM, SELF].map(age));

export function buildViewer() {
  const { outputFiles } = buildSync({ entryPoints: [FROM[0]], bundle: true, minify: true, write: false, format: 'iife', target: 'es2022' });
  const code = outputFiles[0].text.trim();
  if (code.includes('</script')) throw new Error('the viewer would end its own script element');
  const hash = createHash('sha256').update(code).digest('base64');
  const text = transformSync(`x=${JSON.stringify(code)}`, { charset: 'ascii' })
    .code.trim()
    .replace(/^x = /, '')
    .replace(/;$/, '');
  const head = `// Generated from ${FROM.join(' and ')} by ${SELF}.\n`;
  writeFileSync(TARGET, `${head}export const viewerScript =\n  ${text};\n\nexport const viewerHash = 'sha256-${hash}';\n`);
  if (!readFileSync(TARGET, 'utf8').includes(hash)) throw new Error(`${TARGET} was not written`);
}
