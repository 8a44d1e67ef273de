import type { Command, Option } from 'commander';
import type { CliCommand, HelpChapter } from './command.js';

/** Columns of a terminal that nobody has widened. */
export const WIDTH = 80;
/** Where descriptions begin; a flag that reaches further has a line of its own. */
const INDENT = 26;

/** Words in lines of at most `width` columns; a longer word has a line of its own. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter(Boolean)) {
    if (line && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line ? `${line} ${word}` : word;
  }
  return line ? [...lines, line] : lines;
}

/** A term with its description in a second column. */
export function item(term: string, description: string): string {
  const text = wrapped(description, WIDTH - INDENT);
  const own = term.length + 4 > INDENT; // two spaces before, two behind
  const lines = own ? [`  ${term}`, ...text.map(indented)] : [`  ${term}`.padEnd(INDENT) + (text[0] ?? ''), ...text.slice(1).map(indented)];
  return lines.map((line) => line.trimEnd()).join('\n');
}

const indented = (line: string): string => ' '.repeat(INDENT) + line;

/** `--method <fbp|sirt|…>` with its choices behind the description where they would not fit. */
function optionItem({ flags, description }: Pick<Option, 'flags' | 'description'>): string {
  const [, before, choices] = /^(.*)<(?:n\|)?([^>]*\|[^>]*)>$/.exec(flags) ?? [];
  if (choices === undefined || flags.length + 4 <= WIDTH) return item(flags, description);
  return item(`${before}<name>`, description);
}

/**
 * The help of a command in 80 columns. One with chapters shows on its first page what stands in none of them, and their names.
 * @param chapter of the command; 'all' is everything
 * @param shown makes what our texts call `slicewise` what the reader has to type
 * @returns undefined for a chapter that is none
 */
export function commandHelp(
  command: Command,
  entry: CliCommand,
  chapter: string | undefined,
  shown: (text: string) => string,
): string | undefined {
  const chapters = entry.chapters ?? [];
  const byKey = new Map(command.options.map((option) => [option.attributeName(), option]));
  const items = (options: readonly Option[]): string =>
    options.map(({ flags, description }) => optionItem({ flags, description: shown(description) })).join('\n');
  const part = (heading: string, text: string): string => `${heading}:\n${text}`;
  const ofChapter = ({ title, options, words = [] }: HelpChapter): string => {
    const found = options.flatMap(({ option, description }) => {
      const known = byKey.get(optionKey(entry, option));
      return known ? [{ flags: known.flags, description: shown(description ?? known.description) }] : [];
    });
    const text = found.map(optionItem).join('\n') || '  none of its own';
    return [part(title, text), ...words.map((w) => wrapped(shown(w), WIDTH).join('\n'))].join('\n\n');
  };
  const path = shown(`slicewise ${entry.name} --help`).replace(/ --help$/, '');
  if (chapter !== undefined && chapter !== 'all') {
    const found = chapters.find(({ name }) => name === chapter);
    if (!found) return undefined;
    return `${ofChapter(found)}\n\n${wrapped(`The command: ${path} --help`, WIDTH).join('\n')}`;
  }
  const told = new Set(chapters.flatMap(({ options }) => options.map(({ option }) => optionKey(entry, option))));
  const parts = [
    [`Usage: ${path}`, '[options]', ...entry.arguments.map(({ name }) => name)].join(' '),
    wrapped(entry.summary, WIDTH).join('\n'),
    ...(entry.arguments.length > 0
      ? [part('Arguments', entry.arguments.map(({ name, summary }) => item(name, shown(summary))).join('\n'))]
      : []),
    part('Options', items(command.options.filter((option) => chapter === 'all' || !told.has(option.attributeName())))),
  ];
  if (chapters.length > 0 && chapter === undefined) {
    const groups = [...new Set(chapters.map(({ group }) => group))];
    const lists = groups.map((group) => {
      const listed = chapters.filter((c) => c.group === group);
      // names without words of their own are a list
      const [named, bare] = [listed.filter((c) => c.summary), listed.filter((c) => !c.summary)];
      const lines = named.map((c) => item(`--help ${c.name}`, c.summary!));
      return part(
        group,
        [...lines, ...(bare.length > 0 ? wrapped(bare.map((c) => c.name).join(', '), WIDTH - 2).map((l) => `  ${l}`) : [])].join('\n'),
      );
    });
    parts.push(...lists);
  }
  if (entry.examples) parts.push(part('Examples', entry.examples.map((e) => example(shown(`slicewise ${e}`))).join('\n')));
  return parts.join('\n\n');
}

/** A command line that goes on in the next line, as a shell reads it. */
function example(text: string): string {
  return wrapped(text, WIDTH - 12)
    .map((line, n, all) => `${n === 0 ? '  $ ' : '      '}${line}${n < all.length - 1 ? ' \\' : ''}`)
    .join('\n');
}

/** Commander's name of an option: that of its long flag in camel case. */
function optionKey(entry: CliCommand, option: string): string {
  const flags = entry.flags?.[option];
  const long = flags ? /--(?:no-)?([a-z0-9-]+)/.exec(flags)?.[1] : undefined;
  return (long ?? option).replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
