// Checks the links inside the site that `npm run docs` made: every one leads to a file of it, and every anchor to an element.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const SITE = 'dist/site';
const pages = readdirSync(SITE, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.html'));
const texts = new Map(pages.map((name) => [join(SITE, name), readFileSync(join(SITE, name), 'utf8')]));
const ids = new Map();
function idsOf(path) {
  if (!ids.has(path)) ids.set(path, new Set([...texts.get(path).matchAll(/ id="([^"]+)"/g)].map(([, id]) => id)));
  return ids.get(path);
}

const wrong = [];
let count = 0;
for (const [page, text] of texts) {
  for (const [, link] of text.matchAll(/<(?:a|img)\b[^>]* (?:href|src)="(?!https?:|mailto:|data:)([^"]*)"/g)) {
    const [file, anchor] = link.replaceAll('&amp;', '&').split('#').map(decodeURIComponent);
    const path = file === '' ? page : join(dirname(page), file);
    count++;
    if (!existsSync(path)) wrong.push(`${relative(SITE, page)}: ${link} leads nowhere`);
    // TypeDoc links types of which its hierarchy has none
    else if (anchor && texts.has(path) && !path.endsWith('hierarchy.html') && !idsOf(path).has(anchor))
      wrong.push(`${relative(SITE, page)}: ${link} has no such anchor`);
  }
}
for (const line of new Set(wrong)) console.error(line);
console.log(`${pages.length} pages, ${count} links${wrong.length ? `, ${wrong.length} wrong` : ''}: ${SITE}/index.html`);
process.exit(wrong.length ? 1 : 0);
