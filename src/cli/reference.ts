import type { Command, Option } from 'commander';
import { buildProgram } from './program.js';
import { allCommands } from './registry.js';

/** The commands and their options as Markdown: what `--help` shows, for docs/reference/cli.md (a test keeps it current). */
export function cliReference(): string {
  const silent = { out: () => undefined, note: () => undefined, interactive: false };
  const program = buildProgram({
    terminal: silent,
    interruptible: () => new AbortController().signal,
    leaveNothing: () => undefined,
    line: [],
  });
  return allCommands()
    .entries()
    .map(([name, { summary, arguments: args, examples = [] }]) => {
      const command = name.split(' ').reduce<Command>((at, word) => at.commands.find((c) => c.name() === word)!, program);
      const groups = new Map<string, string[]>();
      for (const option of command.options) {
        const group = option.helpGroupHeading ?? 'Options:';
        groups.set(group, [...(groups.get(group) ?? []), filled('- ', optionText(option))]);
      }
      const lists = [...groups].map(([group, rows]) => [`**${group.replace(/:$/, '')}**`, '', ...rows].join('\n'));
      return [
        `## slicewise ${name}`,
        filled('', summary),
        args.map((a) => filled('- ', `\`${a.name}\`: ${a.summary}`)).join('\n'),
        ...(examples.length > 0 ? ['```sh\n' + examples.map((e) => inLines(`slicewise ${e}`)).join('\n') + '\n```'] : []),
        ...lists,
      ]
        .filter(Boolean)
        .join('\n\n');
    })
    .join('\n\n');
}

const WIDTH = 140;

/** Flags and what they say; many values that can be chosen stand behind the flag. */
function optionText({ flags, description }: Option): string {
  const [, flag, values] = /^(.*)<([^>]*)>$/.exec(flags) ?? [];
  if (values === undefined || flags.length < WIDTH / 2) return `\`${flags}\`: ${description}`;
  return `\`${flag}<name>\`: ${description} (${values.replaceAll('|', ', ')})`;
}

/** Text in lines of at most {@link WIDTH} columns, behind a mark of the first one. */
function filled(mark: string, text: string): string {
  const [first, ...words] = text.split(' ');
  const lines = [mark + first];
  for (const word of words) {
    const line = `${lines.at(-1)!} ${word}`;
    if (line.length <= WIDTH) lines[lines.length - 1] = line;
    else lines.push(' '.repeat(mark.length) + word);
  }
  return lines.join('\n');
}

/** A command of a shell, which goes on behind a backslash where it is too long for a line. */
function inLines(command: string): string {
  if (command.length <= WIDTH) return command;
  const end = command.lastIndexOf(' --', WIDTH - 2);
  return `${command.slice(0, end)} \\\n  ${inLines(command.slice(end + 1))}`;
}
