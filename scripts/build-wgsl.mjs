// Puts every *.wgsl of compute, operators and models beside itself as a string: name.wgsl.generated.ts, which exports nameWgsl.
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** The name a shader is exported under: back-project.wgsl → backProjectWgsl. */
const exported = (path) => `${basename(path, '.wgsl').replace(/-(\w)/g, (_, letter) => letter.toUpperCase())}Wgsl`;

const target = (path) => `${path}.generated.ts`;
const age = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

function shaders(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.wgsl'))
    .map((name) => join(folder, name));
}

/** Shaders whose string is missing or older. */
export const staleShaders = () =>
  ['compute', 'operators', 'models'].flatMap(shaders).filter((path) => age(target(path)) <= Math.max(age(path), age(SELF)));

export function buildShaders(paths) {
  for (const path of paths) {
    const text = JSON.stringify(readFileSync(path, 'utf8'));
    writeFileSync(target(path), `// Generated from ${basename(path)} by ${SELF}.\nexport const ${exported(path)} =\n  ${text};\n`);
  }
}

const SELF = 'scripts/build-wgsl.mjs';
