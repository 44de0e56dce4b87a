// What every command of the command line shares: its shape, how options are read, exit codes.

import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { suggest } from '../config/near-miss.ts';

export const EXIT_FINE = 0;
export const EXIT_FAILURE = 1;
/** The configuration or the command itself is wrong; nothing was started. */
export const EXIT_CONFIGURATION = 2;

export interface Command {
  /** What `framegate NAME --help` prints, with an example. */
  readonly help: string;
  /** @returns the exit code. @throws {UsageError} for wrong options; anything else is a failure. */
  run(args: readonly string[]): Promise<number>;
}

/** The command was called wrongly; the message says how it is called. */
export class UsageError extends Error {
  override name = 'UsageError';
}

type Values<Options extends ParseArgsOptionsConfig> = ReturnType<
  typeof parseArgs<{ args: string[]; options: Options; strict: true }>
>['values'];

/**
 * The options of a command. What is not an option is refused without being repeated: it may be a password.
 * @throws {UsageError}
 */
export function parseOptions<const Options extends ParseArgsOptionsConfig>(args: readonly string[], options: Options): Values<Options> {
  const { values, tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true });
  for (const token of tokens) {
    if (token.kind === 'positional') throw new UsageError('takes options only, no other arguments');
    if (token.kind !== 'option') continue;
    const known = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    const shown = token.rawName.split('=', 1)[0] ?? '';
    if (known === undefined) {
      throw new UsageError(`does not know ${shown.slice(0, 40)}. ${suggest(token.name, Object.keys(options), 'See --help')}`);
    }
    if (known.type === 'string' && (token.value === undefined || token.value === '')) throw new UsageError(`needs a value after ${shown}`);
    if (known.type === 'boolean' && token.value !== undefined) throw new UsageError(`takes no value after ${shown}`);
  }
  return values as Values<Options>;
}

/** @throws {UsageError} when the option was not given. */
export function requireOption(value: string | undefined, name: string): string {
  if (value === undefined) throw new UsageError(`needs --${name}`);
  return value;
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** For people: problems, warnings, progress. Standard output is kept for results. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
