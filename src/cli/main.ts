// The command line: one command, one exit code (0 fine, 2 configuration or usage, 1 anything else).

import { ConfigError } from '../config/error.ts';
import { suggest } from '../config/near-miss.ts';
import { MisuseError } from '../kernel/errors.ts';
import { readVersion } from '../observe/version.ts';
import { type Command, EXIT_CONFIGURATION, EXIT_FAILURE, EXIT_FINE, note, print, UsageError } from './command.ts';

interface Entry {
  readonly summary: string;
  load(): Promise<{ readonly command: Command }>;
}

const COMMANDS = new Map<string, Entry>([
  ['serve', { summary: 'start the gate', load: () => import('./serve.ts') }],
  ['check', { summary: 'print every problem of a configuration', load: () => import('./check.ts') }],
  ['explain', { summary: 'say who may do what, and why', load: () => import('./explain.ts') }],
  ['policy', { summary: 'hold expectations against the rules', load: () => import('./policy-test.ts') }],
  ['hash-password', { summary: 'make a password hash for the users file', load: () => import('./hash-password.ts') }],
  ['keygen', { summary: 'make keys for tickets, or a secret', load: () => import('./keygen.ts') }],
  ['api-key', { summary: 'make an API key for a machine', load: () => import('./api-key.ts') }],
  ['sessions', { summary: 'list who is signed in', load: () => import('./sessions.ts') }],
  ['revoke', { summary: 'end sessions', load: () => import('./revoke.ts') }],
  ['ticket', { summary: 'sign a ticket, for trying things', load: () => import('./ticket.ts') }],
]);

function buildHelp(): string {
  const lines = [...COMMANDS].map(([name, { summary }]) => `  ${name.padEnd(15)}${summary}`);
  return `framegate: an auth reverse proxy for dashboard iframes

Usage: framegate COMMAND [OPTIONS]

${lines.join('\n')}

  --help         this text; framegate COMMAND --help says more
  --version      the version

Example: framegate serve --config framegate.yaml
Exit codes: 0 fine, 2 configuration or usage, 1 anything else.`;
}

/** Runs one command. @returns the exit code; never throws. */
export async function main(args: readonly string[]): Promise<number> {
  const [name = '--help', ...rest] = args;
  try {
    if (name === '--help' || name === '-h' || name === 'help') {
      print(buildHelp());
      return args.length === 0 ? EXIT_CONFIGURATION : EXIT_FINE;
    }
    if (name === '--version' || name === '-v') {
      print(readVersion());
      return EXIT_FINE;
    }
    const entry = COMMANDS.get(name);
    if (entry === undefined)
      throw new UsageError(`does not know this command. ${suggest(name, COMMANDS.keys(), `Commands: ${[...COMMANDS.keys()].join(', ')}`)}`);
    const { command } = await entry.load();
    if (rest.includes('--help') || rest.includes('-h')) {
      print(command.help);
      return EXIT_FINE;
    }
    return await command.run(rest);
  } catch (error) {
    return reportError(error, COMMANDS.has(name) ? `framegate ${name}` : 'framegate');
  }
}

function reportError(error: unknown, who: string): number {
  if (error instanceof UsageError || error instanceof MisuseError) {
    note(`${who}: ${error.message}\nTry: ${who} --help`);
    return EXIT_CONFIGURATION;
  }
  if (error instanceof ConfigError) {
    note(`${who}: ${error.message}`);
    return EXIT_CONFIGURATION;
  }
  note(`${who}: ${error instanceof Error ? error.message : 'failed'}`);
  return EXIT_FAILURE;
}
