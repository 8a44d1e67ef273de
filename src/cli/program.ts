import { Command, CommanderError } from 'commander';
import { isSlicewiseError, SlicewiseError } from '../../core/errors.js';
import { modalities } from '../modalities/registry.js';
import { buildText } from './build.js';
import { VERSION } from '../version.js';
import type { CliCommand, CommandContext, Terminal } from './command.js';
import { allCommands } from './registry.js';
import { commandHelp, item, wrapped, WIDTH } from './help.js';
import { addOption, optionValues } from './schema-options.js';
import { asTyped } from './typed-as.js';

/** Exit codes. */
const FAILED = 1;
const USAGE = 2;
const INTERRUPTED = 130;

/**
 * Runs the command line and gives the exit code: 0, 1 for a failure, 2 for wrong usage, 130 after Ctrl-C.
 * @param argv without node and script
 * @param interruptible,leaveNothing what Ctrl-C does, as `CommandContext` says
 */
export async function runCli(
  argv: readonly string[],
  terminal: Terminal,
  interruptible: (words?: string) => AbortSignal,
  leaveNothing: () => void = () => undefined,
): Promise<number> {
  const note = (text: string): void => terminal.note(shown(text));
  const program = buildProgram({ terminal: { ...terminal, note }, interruptible, leaveNothing, line: argv });
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
    note(describeError(error, program.opts().verbose === true || argv.includes('--verbose')));
    if (isSlicewiseError(error) && error.code === 'ABORTED') return INTERRUPTED;
    return isSlicewiseError(error) && error.code === 'ARGUMENT' ? USAGE : FAILED;
  }
}

/** Help and messages with commands that work from where the reader stands. */
const shown = (text: string): string =>
  asTyped(
    text,
    allCommands()
      .names()
      .map((name) => name.split(' ')[0]),
  );

/** The parser, with every command of the registry. */
export function buildProgram(context: CommandContext): Command {
  const program = new Command('slicewise')
    .description(
      `Reconstructs volumes from incomplete measurements (${modalities
        .entries()
        .map(([, { title }]) => title)
        .join(', ')}), with diffusion priors or without.`,
    )
    .option('-V, --version', 'version, and what exactly runs')
    .on('option:version', () => {
      context.terminal.out(buildText());
      throw new CommanderError(0, 'commander.version', VERSION);
    })
    .option('-v, --verbose', 'add the stack and the cause to errors')
    .configureHelp({
      helpWidth: WIDTH,
      formatItem: (term, _width, description) => item(term, description),
      boxWrap: (text, width) =>
        text
          .split('\n')
          .flatMap((line) => (line.startsWith(' ') ? [line] : wrapped(line, width)))
          .join('\n'),
    })
    .enablePositionalOptions()
    .showHelpAfterError('(slicewise --help, slicewise COMMAND --help)')
    .configureOutput({
      writeOut: (text) => context.terminal.out(shown(text.replace(/\n$/, ''))),
      writeErr: (text) => context.terminal.note(text.replace(/\n$/, '')),
    })
    .exitOverride();
  for (const [, command] of allCommands().entries()) attach(program, command, context);
  return program;
}

function attach(program: Command, entry: CliCommand, context: CommandContext): void {
  const { schema, flags, groups, notes } = entry;
  const words = entry.name.split(' ');
  let parent = program;
  for (const word of words.slice(0, -1)) {
    const found = parent.commands.find((c) => c.name() === word);
    parent = found ?? parent.command(word).description(`Commands: slicewise ${word} --help`);
  }
  const command = parent
    .command(words[words.length - 1])
    .description(entry.summary)
    .enablePositionalOptions();
  for (const argument of entry.arguments) command.argument(argument.name, argument.summary);
  for (const [name, field] of Object.entries(schema.shape)) {
    addOption(command, name, field, flags?.[name], groups?.[name], notes?.[name]);
  }
  command.option('-v, --verbose', 'add the stack and the cause to errors');
  addHelp(command, entry, context.terminal);
  command.action(async () => {
    // parsed by key of the schema: commander names `--no-x` and short flags its own way
    const raw: Record<string, unknown> = {};
    for (const option of command.options) {
      const key = option.attributeName();
      if (command.getOptionValueSource(key) === 'cli') raw[keyOf(flags, option.long ?? '', key)] = command.opts()[key];
    }
    await entry.run(command.args, optionValues(schema, raw), context);
  });
}

/** Help of our own, in chapters where there are some, instead of commander's. */
function addHelp(command: Command, entry: CliCommand, terminal: Terminal): void {
  const { chapters = [] } = entry;
  const [flags, words] = chapters.length > 0 ? ['-h, --help [chapter]', 'help, or a part of it'] : ['-h, --help', 'help'];
  command.helpOption(false).option(flags, words);
  command.helpInformation = () => `${commandHelp(command, entry, undefined, shown)}\n`;
  command.on('option:help', (chapter: string | null | undefined) => {
    const text = commandHelp(command, entry, chapter ?? undefined, shown);
    if (text === undefined) {
      throw new SlicewiseError('ARGUMENT', {
        message: `${entry.name} has no part of the help of this name`,
        expected: `one of ${[...chapters.map(({ name }) => name), 'all'].join(', ')}`,
        got: `'${chapter}'`,
      });
    }
    terminal.out(text);
    throw new CommanderError(0, 'commander.helpDisplayed', '(help)');
  });
}

/** The option of the schema that a flag stands for. */
function keyOf(flags: CliCommand['flags'], long: string, key: string): string {
  const renamed = Object.entries(flags ?? {}).find(([, flags]) => flags.split(/[ ,]+/).includes(long));
  return renamed?.[0] ?? key;
}

/** One short paragraph; with `verbose` the stack and every cause. */
export function describeError(error: unknown, verbose: boolean): string {
  if (!(error instanceof Error)) return `slicewise: ${String(error)}`;
  const unexpected = isSlicewiseError(error) ? '' : ' (unexpected: --verbose shows where)';
  if (!verbose) return `slicewise: ${error.message}${unexpected}`;
  const lines = [`slicewise: ${error.stack ?? error.message}`];
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) lines.push(`caused by ${cause.stack}`);
  return lines.join('\n');
}
