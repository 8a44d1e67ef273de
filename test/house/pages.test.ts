import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { anchorsOf, linksOf, pagesIn, withoutCode } from '../support/pages.js';

const LONGEST_LINE = 140;
const WORDS_OF_A_GUIDE = 1500;
const WORDS_BEFORE_SOMETHING_TO_SEE = 300;

const ROOT = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];
const FOLDERS = ['core', 'volumes', 'compute', 'operators', 'models', 'src', 'bin', 'bench', 'examples', 'scripts', 'python', 'test'];
const pages = [...ROOT, ...pagesIn('docs'), ...pagesIn('models'), ...pagesIn('examples')];
const words = (text: string): number => text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length;

test('links of the pages lead to files, and their anchors to headings', (t) => {
  for (const page of pages) {
    for (const { written, path, anchor } of linksOf(page)) {
      if (!existsSync(path)) t.fail(`${page}: ${written} leads to no file`);
      else if (anchor !== undefined && path.endsWith('.md')) {
        const heading = anchorsOf(readFileSync(path, 'utf8')).get(anchor);
        if (heading === undefined) t.fail(`${page}: ${written} leads to no heading of ${path}`);
        else if (/[`<°]/.test(heading)) t.fail(`${page}: ${written} leads to a heading whose anchor TypeDoc makes otherwise`);
      }
    }
  }
  t.pass();
});

test('an anchor is found as GitHub makes it', (t) => {
  const text = '# DDS (Chung, Lee, Ye, ICLR 2024)\n## `/exchange/data`: A_b\n```sh\n# no heading\n```\n## AᴴA of MRI\n## Same\n## Same\n';
  t.deepEqual([...anchorsOf(text).keys()], ['dds-chung-lee-ye-iclr-2024', 'exchangedata-a_b', 'aᴴa-of-mri', 'same', 'same-1']);
});

test('pages of docs that code, messages and text name are there', (t) => {
  const isText = (name: string): boolean => /\.(ts|mjs|py|sh|html|wgsl|md)$/.test(name) && !/generated/.test(name);
  const named = (folder: string): string[] =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter(isText)
      .map((name) => join(folder, name));
  for (const file of [...pages, ...FOLDERS.flatMap(named)]) {
    for (const [path] of readFileSync(file, 'utf8').matchAll(/(?<![\w/.-])docs\/[\w/-]+\.(?:md|svg|png)/g)) {
      if (!existsSync(path)) t.fail(`${file} names ${path}, which is not there`);
    }
  }
  t.pass();
});

test(`no line of a page is longer than ${LONGEST_LINE} columns`, (t) => {
  // but for the list of credits, whose rows are citations
  for (const page of pages.filter((path) => path !== 'models/zoo/LICENSES.md')) {
    for (const [n, line] of readFileSync(page, 'utf8').split('\n').entries()) {
      if ([...line].length > LONGEST_LINE) t.fail(`${page}:${n + 1} has ${[...line].length}`);
    }
  }
  t.pass();
});

test(`a page of the guide has ${WORDS_OF_A_GUIDE} words at most, code included`, (t) => {
  for (const page of pagesIn('docs/guide')) {
    const count = words(readFileSync(page, 'utf8'));
    if (count > WORDS_OF_A_GUIDE) t.fail(`${page} has ${count}`);
  }
  t.pass();
});

test(`pages of guide and reference show a table, a picture or code within ${WORDS_BEFORE_SOMETHING_TO_SEE} words`, (t) => {
  for (const page of [...pagesIn('docs/guide'), ...pagesIn('docs/reference')]) {
    const text = readFileSync(page, 'utf8');
    const first = text.search(/^(```| {4}\S|\||!\[)/m);
    const count = words(first < 0 ? withoutCode(text) : text.slice(0, first));
    if (count > WORDS_BEFORE_SOMETHING_TO_SEE) t.fail(`${page} begins with ${count} words of text`);
  }
  t.pass();
});
