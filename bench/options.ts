import { parseArgs } from 'node:util';

export const HELP = `Usage: npm run bench -- [OPTIONS]

  --quick        about a minute instead of six; expect noise
  --only MODES   some of cost,growth,decide,latency,websockets,live,bodies,assets
  --write        write docs/benchmarks.md
  --profile      only profile our own gate under load, and say where its time goes
  --help         this text`;

export interface Options {
  readonly quick: boolean;
  /** Names of modes; undefined: all. */
  readonly only: readonly string[] | undefined;
  readonly write: boolean;
  readonly profile: boolean;
  readonly help: boolean;
}

/** @throws {TypeError} for options that do not exist or do not go together. */
export function parseOptions(args: readonly string[], modes: readonly string[]): Options {
  const boolean = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { quick: boolean, write: boolean, profile: boolean, help: boolean, only: { type: 'string' } },
  });
  const only = values.only?.split(',');
  const unknown = only?.find((name) => !modes.includes(name));
  if (unknown !== undefined) throw new TypeError(`there is no mode "${unknown}". Modes: ${modes.join(', ')}`);
  if (values.write && (only !== undefined || values.profile))
    throw new TypeError('--write needs all modes: the document is written as a whole');
  return { ...values, only };
}
