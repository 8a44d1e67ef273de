// No line over 140 columns in code and docs. `node scripts/long-lines.mjs` lists those there are (`npm run check -- lines`); with --write
// it fills paragraphs of comments and of Markdown anew and cuts long strings in two, for Prettier to lay out, and says which files it
// changed. Free: tables of Markdown, generated parts, lines with a regular expression or an address that nothing could cut, and what
// `prettier-ignore` keeps.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import ts from 'typescript';

const WIDTH = 140;
const CODE = /\.(ts|mjs|js|cjs)$/;
const LEFT_OUT = /(^|\/)(golden|zoo)\/|\.generated\.ts$|^package-lock\.json$|\.d\.ts$/;
const length = (line) => [...line].length;

const tracked = spawnSync('git', ['ls-files', '-co', '--exclude-standard'], { encoding: 'utf8' }).stdout.split('\n');
const files = tracked.filter((path) => (CODE.test(path) || /\.(md|wgsl)$/.test(path)) && !LEFT_OUT.test(path));

// ---- filling paragraphs ----

/** Words into lines; the first begins with `first`, the others with `other`. No line begins with what would make it a list or a heading. */
function fill(words, first, other) {
  const lines = [];
  let line = first;
  let empty = true;
  words.forEach((word, i) => {
    const next = words[i + 1];
    const special = (w) => w !== undefined && /^([-+*#>|]|\d+[.)]$|@|=+$|\/\/|```|---)/.test(w);
    // a word that may not begin a line takes the one before it along
    const room = length(line) + 1 + length(word) + (special(next) ? 1 + length(next) : 0);
    if (!empty && room > WIDTH && !special(word)) {
      lines.push(line);
      line = other;
      empty = true;
    }
    line += empty ? word : ` ${word}`;
    empty = false;
  });
  return [...lines, line];
}

/** Of a docblock's line: what stands before its words, or undefined where it is no prose. */
function prose(line) {
  const found = /^(\s*(?:\*|\/\/|\/\*\*) )( *)((?:- |@(?:param|returns|throws) )?)(.*)$/.exec(line);
  if (!found) return undefined;
  const [, mark, indent, lead, text] = found;
  if (indent.length > 3 || /^[|]/.test(text) || /^\s*$/.test(text) || /^```/.test(text)) return undefined;
  return { mark, indent, lead, text };
}

function fillComments(lines, isFree) {
  const out = [];
  let example = false;
  for (let n = 0; n < lines.length; n++) {
    const line = lines[n];
    if (/^\s*\/\*\*/.test(line)) example = false;
    if (/^\s*\* @/.test(line)) example = /@example/.test(line);
    if (/\*\//.test(line)) example = false;
    const here = prose(line);
    const command = /^(\s*\* {5,})(npm run .*)$/.exec(line);
    if (command && length(line) > WIDTH) {
      out.push(...fill(command[2].split(/ (?=\[)/), command[1], `${command[1]}    `));
      continue;
    }
    if (length(line) <= WIDTH || isFree(n) || !here || example) {
      out.push(line);
      continue;
    }
    const single = /^\s*\/\*\*/.test(line);
    const space = /^\s*/.exec(line)[0];
    if (single) {
      if (!/\*\/\s*$/.test(line)) {
        out.push(line);
        continue;
      }
      const text = line.trim().replace(/^\/\*\*\s*/, '').replace(/\s*\*\/$/, ''); // prettier-ignore
      out.push(`${space}/**`);
      for (const part of text.split(/ (?=@(?:throws|returns|param) )/)) out.push(...fill(part.split(' '), `${space} * `, `${space} * ${part.startsWith('@') ? '  ' : ''}`)); // prettier-ignore
      out.push(`${space} */`);
      continue;
    }
    const words = here.text.trim().split(/\s+/);
    const hang = here.lead ? '  ' : '';
    // the rest of the paragraph
    const mark = here.mark;
    while (n + 1 < lines.length) {
      const next = prose(lines[n + 1]);
      if (!next || next.mark !== mark || next.lead || /\*\//.test(lines[n + 1]) || /^\S*$/.test(next.text)) break;
      if (next.indent !== here.indent + hang && next.indent !== here.indent) break;
      if (/^(@|-|\d+[.)] )/.test(next.text)) break;
      words.push(...next.text.trim().split(/\s+/));
      n++;
    }
    const end = words[words.length - 1] === '*/' ? words.pop() : undefined;
    out.push(...fill(words, `${mark}${here.indent}${here.lead}`, `${mark}${here.indent}${hang}`));
    if (end) out.push(`${space}*/`);
  }
  return out;
}

function fillMarkdown(lines) {
  const out = [];
  let fenced = false;
  for (let n = 0; n < lines.length; n++) {
    const line = lines[n];
    if (/^\s*```/.test(line)) fenced = !fenced;
    if (/^<!-- generated/.test(line)) return [...out, ...lines.slice(n)];
    const found = /^(\s*)((?:[-*] |\d+\. )?)(.*)$/.exec(line);
    const [, indent, lead, text] = found;
    if (length(line) <= WIDTH || fenced || /^\s*[|#<!]/.test(line) || /^ {4,}/.test(line)) {
      out.push(line);
      continue;
    }
    const words = text.trim().split(/\s+/);
    const hang = indent + ' '.repeat(lead.length);
    while (n + 1 < lines.length) {
      const next = /^(\s*)(.*)$/.exec(lines[n + 1]);
      if (!next[2] || next[1] !== hang || /^([-*|#<!]|\d+\. |```)/.test(next[2]) || /\s{2}$/.test(lines[n])) break;
      words.push(...next[2].trim().split(/\s+/));
      n++;
    }
    out.push(...fill(words, indent + lead, hang));
  }
  return out;
}

// ---- cutting strings ----

/** Edits that cut the first long string or template of every long line in two, at a space. */
function cutStrings(path, text) {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const starts = source.getLineStarts();
  const lines = text.split('\n');
  const edits = [];
  const taken = new Set();
  const limit = (line) => starts[line] + WIDTH - 4; // quote, comma, room
  const cuttable = (node) => {
    const { parent } = node;
    if (ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent) || ts.isLiteralTypeNode(parent)) return false;
    if (ts.isPropertyAssignment(parent) && parent.name === node) return false;
    if (ts.isTaggedTemplateExpression(parent) || ts.isPropertyAccessExpression(parent) || ts.isExternalModuleReference(parent))
      return false;
    return !ts.isElementAccessExpression(parent) && !ts.isCallExpression(parent)
      ? true
      : !ts.isElementAccessExpression(parent) && parent.expression !== node;
  };
  const visit = (node) => {
    const line = source.getLineAndCharacterOfPosition(node.getStart()).line;
    // Prettier lays nothing out that is put into a template
    const inside = ts.findAncestor(node.parent, ts.isTemplateExpression) !== undefined;
    const last = source.getLineAndCharacterOfPosition(node.getEnd()).line;
    const long = line === last && length(lines[line]) > WIDTH && !taken.has(line) && !inside;
    if (long && ts.isStringLiteral(node) && cuttable(node)) {
      const raw = node.getText();
      if (raw.length > 40) {
        const [from, to] = [node.getStart(), Math.min(limit(line), node.getEnd() - 12)];
        const at = text.lastIndexOf(' ', to);
        if (at > from + 12) {
          edits.push([at + 1, `${raw[0]} + ${raw[0]}`]);
          taken.add(line);
        }
      }
    } else if (long && (ts.isNoSubstitutionTemplateLiteral(node) || ts.isTemplateExpression(node)) && cuttable(node)) {
      // spaces in its own text, not in what is put in
      const parts = ts.isTemplateExpression(node) ? [node.head, ...node.templateSpans.map((s) => s.literal)] : [node];
      const spaces = parts.flatMap((part) => {
        const [from, to] = [part.getStart() + 1, part.getEnd() - 1];
        return [...text.slice(from, to)].flatMap((c, i) => (c === ' ' && from + i < limit(line) ? [from + i] : []));
      });
      const at = spaces.filter((p) => p > node.getStart() + 12 && p < node.getEnd() - 12).pop();
      if (at !== undefined && node.getEnd() - node.getStart() > 40) {
        edits.push([at + 1, '` + `']);
        taken.add(line);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  let out = text;
  for (const [at, insert] of edits.sort((a, b) => b[0] - a[0])) out = out.slice(0, at) + insert + out.slice(at);
  return out;
}

/**
 * Lines that lie in a template: nothing of theirs is a comment. With `whole` also those where one of several lines begins: all is text that
 * is written out.
 */
function inTemplates(path, text, whole = false) {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found = new Set();
  const visit = (node) => {
    if (ts.isNoSubstitutionTemplateLiteral(node) || ts.isTemplateExpression(node)) {
      const [from, to] = [node.getStart(), node.getEnd()].map((p) => source.getLineAndCharacterOfPosition(p).line);
      for (let n = from === to || !whole ? from + 1 : from; n <= to; n++) found.add(n);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

// ---- what is left ----

function longLines(path, text) {
  const lines = text.split('\n');
  const written = CODE.test(path) ? inTemplates(path, text, true) : new Set();
  const found = [];
  let kept = false;
  for (const [n, line] of lines.entries()) {
    if (path.endsWith('.md') && /^<!-- generated/.test(line)) break;
    if (/^\s*\/\/ prettier-ignore/.test(line)) kept = true;
    else if (line.trim() === '') kept = false;
    if (length(line) <= WIDTH || kept || written.has(n) || /\/\/ prettier-ignore/.test(line)) continue;
    if (path.endsWith('.md') && /^\s*(\||!?\[[^\]]*\]\()/.test(line)) continue;
    if (/https?:\/\/\S{60,}|\S{110,}/.test(line) || /(^\s*|[(:,=[] ?)\/(?![/*]).{20,}\//.test(line)) continue;
    found.push({ path, line: n + 1, columns: length(line) });
  }
  return found;
}

if (process.argv.includes('--write')) {
  for (const path of files) {
    const before = readFileSync(path, 'utf8');
    let text = before;
    if (CODE.test(path)) {
      const free = inTemplates(path, text);
      text = fillComments(text.split('\n'), (n) => free.has(n)).join('\n');
      if (!/\.as\.ts$/.test(path)) text = cutStrings(path, text);
    } else if (path.endsWith('.md')) text = fillMarkdown(text.split('\n')).join('\n');
    else text = fillComments(text.split('\n'), () => false).join('\n');
    if (text === before) continue;
    writeFileSync(path, text);
    console.log(path);
  }
} else {
  const found = files.flatMap((path) => longLines(path, readFileSync(path, 'utf8')));
  for (const { path, line, columns } of found) console.log(`${path}:${line}: ${columns} columns, ${WIDTH} at most`);
  process.exit(found.length ? 1 : 0);
}
