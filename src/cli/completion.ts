import { Command } from 'commander';
import * as z from 'zod';
import { SlicewiseError } from '../../core/errors.js';
import type { CliCommand } from './command.js';
import { addOption } from './schema-options.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** `slicewise completion`: scripts for shells, made of the commands' own tables. */
export const completion = (commands: () => readonly CliCommand[]): CliCommand => ({
  name: 'completion',
  summary: 'Prints what makes a shell complete commands, options and their values.',
  arguments: [{ name: '<shell>', summary: SHELLS.join(', ') }],
  schema: z.object({}),
  examples: [
    'completion bash > ~/.local/share/bash-completion/completions/slicewise',
    'completion fish > ~/.config/fish/completions/slicewise.fish',
  ],

  run([shell], _, { terminal }) {
    const scripts: Record<string, (all: readonly Completed[]) => string> = { bash, zsh, fish };
    const script = scripts[shell] as ((all: readonly Completed[]) => string) | undefined;
    if (!script) {
      throw new SlicewiseError('ARGUMENT', {
        message: 'no completion for this shell',
        expected: `one of ${SHELLS.join(', ')}`,
        got: `'${shell}'`,
      });
    }
    terminal.out(script(completed(commands())));
    return Promise.resolve();
  },
});

interface Completed {
  /** Words after `slicewise`. */
  readonly path: string;
  readonly options: readonly {
    readonly flag: string;
    readonly words: string;
    readonly choices: readonly string[];
    readonly takes: boolean;
  }[];
}

/** Commands with what may follow them; words that are no command themselves (`simulate`) have none. */
function completed(commands: readonly CliCommand[]): Completed[] {
  const all = commands.map(({ name, schema, flags }): Completed => {
    const command = new Command();
    for (const [option, field] of Object.entries(schema.shape as Record<string, z.ZodType>))
      addOption(command, option, field, flags?.[option]);
    command.option('--help', 'help').option('--verbose', 'add the stack and the cause to errors');
    const options = command.options.map(({ long, flags, description }) => ({
      flag: long ?? '',
      words: description,
      choices: /<(?:n\|)?([^>]*\|[^>]*)>/.exec(flags)?.[1].split('|') ?? [],
      takes: flags.includes('<'),
    }));
    return { path: name, options };
  });
  const groups = new Set(all.map(({ path }) => path.split(' ')[0]).filter((word) => !all.some(({ path }) => path === word)));
  return [...[...groups].map((path) => ({ path, options: [] })), ...all];
}

const firstWords = (all: readonly Completed[], after = ''): string[] => [
  ...new Set(
    all
      .map(({ path }) => path)
      .filter((path) => path.startsWith(after) && path !== after.trim())
      .map((path) => path.slice(after.length).split(' ')[0]),
  ),
];

function bash(all: readonly Completed[]): string {
  const cases = all.flatMap(({ path, options }) => {
    const values = options
      .filter(({ choices }) => choices.length > 0)
      .map(({ flag, choices }) => `    '${path} ${flag}') COMPREPLY=($(compgen -W '${choices.join(' ')}' -- "$word")); return ;;`);
    return values;
  });
  const flags = all.map(
    ({ path, options }) => `    '${path}') words='${[...options.map(({ flag }) => flag), ...firstWords(all, `${path} `)].join(' ')}' ;;`,
  );
  return `# bash completion of slicewise
_slicewise() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" command='' words=''
  local i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in -*) break ;; esac
    case "$command \${COMP_WORDS[i]}" in
${all.map(({ path }) => `      '${path.includes(' ') ? path : ` ${path}`}') command='${path}' ;;`).join('\n')}
    esac
  done
  case "$command $before" in
${cases.join('\n')}
  esac
  case "$command" in
    '') words='${firstWords(all).join(' ')}' ;;
${flags.join('\n')}
  esac
  if [[ $word == -* || -z $command || $command == @(${groupsOf(all).join('|')}) || -n "$(compgen -W "$words" -- "$word")" && -n $word ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$word"))
  fi
}
complete -o default -F _slicewise slicewise`;
}

/** First words of commands that are none by themselves. */
const groupsOf = (all: readonly Completed[]): string[] => all.filter(({ options }) => options.length === 0).map(({ path }) => path);

/** zsh runs bash's. */
const zsh = (all: readonly Completed[]): string => `#compdef slicewise\nautoload -U +X bashcompinit && bashcompinit\n${bash(all)}`;

function fish(all: readonly Completed[]): string {
  const quoted = (text: string): string => `'${text.replace(/\\/g, '\\\\').replaceAll("'", "\\'")}'`;
  const lines = firstWords(all).map((word) => `complete -c slicewise -n __fish_use_subcommand -a ${word}`);
  for (const { path, options } of all) {
    const here = path
      .split(' ')
      .map((word) => `__fish_seen_subcommand_from ${word}`)
      .join('; and ');
    for (const word of firstWords(all, `${path} `)) lines.push(`complete -c slicewise -n '${here}' -a ${word}`);
    for (const { flag, words, choices, takes } of options) {
      const value = choices.length > 0 ? ` -x -a ${quoted(choices.join(' '))}` : takes ? ' -r' : '';
      lines.push(`complete -c slicewise -n '${here}' -l ${flag.slice(2)} -d ${quoted(words)}${value}`);
    }
  }
  return lines.join('\n');
}
