// Finds files that name a modality or a kind of scan outside of their rooms: `npm run check -- kinds`, and a test. Imports are the folder
// rule's.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';

/** Where kinds are defined, and where their physics is. */
const ROOMS = /^(volumes\/kinds\/|src\/modalities\/[^/]+\/)/;
/** Readers of files say what the file says: DICOM's and NIfTI's own words for what an image shows, and what such words there are. */
const WORDS_OF_FILES = /^(volumes\/(formats\/(dicom|nifti|bart|envi|tiff|support)\/|volume\.ts$))/;
const SOURCES = ['core', 'volumes', 'compute', 'operators', 'models', 'src'];

const KIND = /^(radon|fourier|mask|spectral|seismic)\.[a-z*]*$/i;
const MODALITY = /^(CT|MRI?|ct|mri?|seismic|spectral|hyperspectral)$/;

/** @returns {{ file: string, line: number, text: string }[]} */
export function namedKinds(root) {
  const found = [];
  for (const file of SOURCES.flatMap((folder) => files(root, folder))) {
    if (ROOMS.test(file)) continue;
    const source = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest, true);
    const visit = (node) => {
      if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
      // published settings of a method have names of their own
      if (ts.isPropertyAssignment(node) && node.name.getText() === 'compat') return;
      if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node)) {
        const named = KIND.test(node.text) || (MODALITY.test(node.text) && !WORDS_OF_FILES.test(file));
        const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
        if (named) found.push({ file, line, text: node.text });
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return found;
}

function files(root, folder) {
  let entries;
  try {
    entries = readdirSync(join(root, folder), { withFileTypes: true });
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return files(root, path);
    return /\.tsx?$/.test(path) && !/\.(generated|as)\.ts$/.test(path) ? [path] : [];
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const found = namedKinds('.');
  for (const { file, line, text } of found) {
    console.log(`${file}:${line}: '${text}' names a kind of scan or a modality outside of volumes/kinds and src/modalities`);
  }
  process.exit(found.length ? 1 : 0);
}
