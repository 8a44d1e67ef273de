import type { z } from 'zod';
import type { RunWatch } from './run-watch.js';

/** Where a command writes: results to `out`, progress and warnings to `note`. */
export interface Terminal {
  out(text: string): void;
  note(text: string): void;
  /** One line that the next one, and any other output, overwrites; only where a person watches. */
  status?(text: string): void;
  /** A person watches: bars instead of lines. */
  readonly interactive: boolean;
}

export interface CommandContext {
  readonly terminal: Terminal;
  /** There is something to keep from the call on: Ctrl-C fires the signal instead of ending the process; the second one ends it. */
  interruptible(words?: string): AbortSignal;
  /** Files are being written from the call on: Ctrl-C ends the process, and none is left half-written. */
  leaveNothing(): void;
  /** The command line, for messages that say how to go on. */
  readonly line: readonly string[];
  /** Who looks after a run that is one of many; a run of its own has nobody. */
  readonly watch?: RunWatch;
}

/** One command: its option table is the parser and the help. Adding one: this file and a line in registry.ts. */
export interface CliCommand<S extends z.ZodObject = z.ZodObject> {
  /** Words after `slicewise`: `recon`, `simulate ct`. */
  readonly name: string;
  readonly summary: string;
  /** Commander's notation: `<scan>`, `[name]`. */
  readonly arguments: readonly { readonly name: string; readonly summary: string }[];
  readonly schema: S;
  /** Flags of options whose name alone is not enough: `output: '-o, --output <file>'`. */
  readonly flags?: { readonly [option: string]: string };
  /** Headings of the reference (docs/reference/cli.md) by option, where there are many. */
  readonly groups?: { readonly [option: string]: string };
  /** Parts of a long help. What stands in none of them is on the first page; `--help all` shows everything. */
  readonly chapters?: readonly HelpChapter[];
  /** Words after a description, instead of the schema's default. */
  readonly notes?: { readonly [option: string]: string };
  /** Text after the options: examples. */
  readonly examples?: readonly string[];
  run(args: readonly string[], options: z.output<S>, context: CommandContext): Promise<void>;
}

/** `--help NAME`: a part of a command's help. */
export interface HelpChapter {
  readonly name: string;
  /** Heading of the part itself. */
  readonly title: string;
  /** Heading under which the first page names it. */
  readonly group: string;
  /** What the first page says of it; without words it stands in a list of names. */
  readonly summary?: string;
  /** Options of the command's schema, with other words where a part has its own. */
  readonly options: readonly { readonly option: string; readonly description?: string }[];
  /** Paragraphs behind the options. */
  readonly words?: readonly string[];
}
