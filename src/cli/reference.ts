import type { Command } from 'commander';
import { buildProgram } from './program.js';
import { allCommands } from './registry.js';

/** The commands and their options as Markdown: what `--help` shows, for docs/reference/cli.md (a test keeps it current). */
export function cliReference(): string {
  const silent = { out: () => undefined, note: () => undefined, interactive: false };
  const program = buildProgram({ terminal: silent, interruptible: () => new AbortController().signal, line: [] });
  return allCommands()
    .entries()
    .map(([name, { summary, arguments: args, examples = [] }]) => {
      const command = name.split(' ').reduce<Command>((at, word) => at.commands.find((c) => c.name() === word)!, program);
      const groups = new Map<string, string[]>();
      for (const option of command.options) {
        const group = option.helpGroupHeading ?? 'Options:';
        groups.set(group, [...(groups.get(group) ?? []), `| \`${cell(option.flags)}\` | ${cell(option.description)} |`]);
      }
      const tables = [...groups].map(([group, rows]) =>
        [`**${group.replace(/:$/, '')}**`, '', '| option | |', '|---|---|', ...rows].join('\n'),
      );
      return [
        `## slicewise ${name} ${args.map((a) => a.name).join(' ')}`.trim(),
        summary,
        args.map((a) => `- \`${a.name}\`: ${a.summary}`).join('\n'),
        ...(examples.length > 0 ? ['```sh\n' + examples.map((e) => `slicewise ${e}`).join('\n') + '\n```'] : []),
        ...tables,
      ]
        .filter(Boolean)
        .join('\n\n');
    })
    .join('\n\n');
}

/** A bar ends a table cell. */
const cell = (text: string): string => text.replaceAll('|', '\\|');
