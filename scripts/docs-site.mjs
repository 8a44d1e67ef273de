// Plugin of TypeDoc: pages of docs are named by their headings, and grouped by their folders. GitHub needs nothing for that, so the pages
// have no front matter.
import { Converter } from 'typedoc';

const GROUPS = { guide: 'Guide', reference: 'Reference', lab: 'Lab' };

export function load(app) {
  // the first page has the name of the project above it
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    const [first] = project.readme ?? [];
    if (first) project.readme[0] = { ...first, text: first.text.replace(/^\s*# .*\n/, '') };
  });
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, page) => {
    const [first] = page.content;
    const heading = /^\s*# +(.*)\n/.exec(first?.text ?? '');
    if (heading) page.name = heading[1].trim();
    const path = page.project.files.getReflectionPath(page) ?? '';
    const folder = /docs\/(\w+)\/[^/]+$/.exec(path)?.[1];
    page.frontmatter.group = GROUPS[folder] ?? 'Inside';
  });
}
