import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The Markdown pages under a folder, with `/` between folders, in the order of their names. */
export function pagesIn(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.md'));
  return names.map((name) => join(folder, name).replaceAll('\\', '/')).sort();
}

/** The pages of the guide whose programs the tests compile and run. */
export const PROGRAM_PAGES: readonly string[] = pagesIn('docs/guide').filter((page) => /^docs\/guide\/own/.test(page));

/** The text of a page without its blocks of code. */
export const withoutCode = (text: string): string => text.replace(/^( *)```[^\n]*\n[\s\S]*?^\1```$/gm, '');

/**
 * Anchors of a page's headings as GitHub makes them, with their headings: letters, digits, `-` and `_` in lower case; repeated ones are
 * numbered.
 */
export function anchorsOf(text: string): Map<string, string> {
  const anchors = new Map<string, string>();
  for (const [, heading] of withoutCode(text).matchAll(/^#{1,6} +(.*)$/gm)) {
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const anchor = words.replace(/[^\p{L}\p{M}\p{N}_ -]/gu, '').replaceAll(' ', '-');
    let free = anchor;
    for (let n = 1; anchors.has(free); n++) free = `${anchor}-${n}`;
    anchors.set(free, heading);
  }
  return anchors;
}

/** A link of a page to a file of the project. */
export interface PageLink {
  /** As it is written. */
  readonly written: string;
  /** Path from the root of the project. */
  readonly path: string;
  readonly anchor?: string;
}

/** The links of a page that lead to files, with those of its images and those written as `[name]: path`; code is passed over. */
export function linksOf(page: string): PageLink[] {
  const text = withoutCode(readFileSync(page, 'utf8')).replace(/`[^`\n]*`/g, '');
  const links = /(?:\]\(|^\[[^\]]+\]: )(?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)?/gm;
  return [...text.matchAll(links)].map(([written, file, anchor]) => ({
    written,
    path: file === '' ? page : join(dirname(page), decodeURI(file)),
    anchor,
  }));
}
