// `framegate policy test`: expectations about the rules, held against them in a pipeline.

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { z } from 'zod';
import type { Config } from '../config/config.ts';
import { parseConfigDocument } from '../config/document.ts';
import { ConfigError } from '../config/error.ts';
import { describeFileError } from '../config/file-text.ts';
import { checkServiceConfig } from '../config/load.ts';
import { findSchemaProblems } from '../config/schema-problems.ts';
import { systemClock } from '../kernel/clock.ts';
import { buildIdentity } from './build-identity.ts';
import { type Command, EXIT_FAILURE, EXIT_FINE, note, parseOptions, print, UsageError } from './command.ts';
import { type Explanation, explain } from './explanation.ts';
import { parseAddress, parseHeader, parseSignInMethod, parseTime, parseVersion } from './question-values.ts';
import { countOf } from './report.ts';

const expectation = z.strictObject({
  name: z.string().optional().describe('Said when it fails.'),
  as: z
    .strictObject({
      login: z.string().describe('Login of the person.'),
      groups: z.array(z.string()).optional().describe('Default: those of the users file.'),
      email: z.string().optional().describe('Default: that of the users file.'),
      issuer: z.string().optional().describe('Who vouches. Default: the users file, or the only one that there is.'),
    })
    .describe('Who asks.'),
  request: z
    .string()
    .regex(/^[A-Z]+ \/\S*$/, { error: 'is not a request. Write method and path, such as "GET /d/plant-a"' })
    .describe('Method and path, as the browser sends them.'),
  headers: z.array(z.string()).optional().describe('Such as "Content-Type: application/json".'),
  body: z.string().optional().describe('What the request sends.'),
  at: z.string().optional().describe('When, such as 2026-03-02T08:00:00Z. Default: now.'),
  from: z.string().optional().describe("The client's address. Default: not known."),
  signIn: z.string().optional().describe('How the person signed in. Default: not known.'),
  expect: z.enum(['allow', 'deny']).describe('What has to come out.'),
  rule: z.string().optional().describe('The rule that has to decide.'),
});
const table = z.array(expectation).min(1);

type Expectation = z.output<typeof expectation>;

export const command: Command = {
  help: `framegate policy test: holds a table of expectations against the rules; starts nothing

Usage: framegate policy test FILE [OPTIONS]

  --config FILE  default: $FRAMEGATE_CONFIG, else ./framegate.yaml
  --library      the file is for createGate with an identify function
  --upstream-version N
                 major version of the upstream; default: upstreams.NAME.version, else the strictest

FILE is a YAML list:
  - { as: { login: alice, groups: [operators] }, request: GET /d/plant-a, expect: allow, rule: operators }
  - { as: { login: alice, groups: [operators] }, request: GET /d/hr, expect: deny }
Further keys: name, headers, body, at, from, signIn. What is refused whoever asks counts as denied.

Exit code 1 when an expectation fails, 2 when a file cannot be used.
Example: framegate policy test access.test.yaml --config framegate.yaml`,

  async run([what, file, ...rest]) {
    if (what !== 'test' || file === undefined || file.startsWith('-')) throw new UsageError('is called as framegate policy test FILE');
    const options = parseOptions(rest, {
      config: { type: 'string' },
      library: { type: 'boolean' },
      'upstream-version': { type: 'string' },
    });
    const check = checkServiceConfig(options.config, { service: options.library !== true });
    if (check.config === undefined) throw new ConfigError(check.problems);
    const expectations = readExpectations(file);
    const { failures, tables } = testPolicy(check.config, expectations, parseVersion(options['upstream-version']));
    const by = tables.length === 0 ? '' : `, by the routes of ${tables.join(' and of ')}`;
    for (const failure of failures) note(`failed: ${failure}`);
    if (failures.length > 0) {
      note(`${failures.length} of ${countOf(expectations, 'expectation')} failed${by}`);
      return EXIT_FAILURE;
    }
    print(`The rules do as expected (${countOf(expectations, 'expectation')}${by}).`);
    return EXIT_FINE;
  },
};

/** @throws {ConfigError} with everything that is wrong with the file. */
export function readExpectations(file: string): readonly Expectation[] {
  const name = basename(file);
  const document = parseConfigDocument(readTable(file), name);
  if ('problems' in document) throw new ConfigError(document.problems);
  const problems = findSchemaProblems(table, document.value, name);
  if (problems.length > 0) throw new ConfigError(problems);
  return table.parse(document.value);
}

function readTable(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigError([describeFileError(error, 'policy test', file)]);
  }
}

interface PolicyOutcome {
  /** One line for each expectation that fails. */
  readonly failures: readonly string[];
  /** Each upstream that was asked about and whose version matters, with the version by whose routes: `grafana 12`. */
  readonly tables: readonly string[];
}

/** @throws {UsageError} for an expectation that cannot be asked. */
export function testPolicy(config: Config, expectations: readonly Expectation[], upstreamVersion?: number): PolicyOutcome {
  const tables = new Set<string>();
  const failures = expectations.flatMap((each, index) => {
    const found = ask(config, each, upstreamVersion);
    if (found.table !== undefined) tables.add(`${found.upstream} ${found.table}`);
    const outcome = found.decision === 'refused' ? 'deny' : found.decision;
    if (outcome === each.expect && (each.rule === undefined || each.rule === found.rule)) return [];
    const wanted = `${each.expect}${each.rule === undefined ? '' : ` by ${JSON.stringify(each.rule)}`}`;
    const got = `${found.decision}${found.rule === undefined ? '' : ` by ${JSON.stringify(found.rule)}`}`;
    const title = `${index + 1}. ${each.name ?? `${each.request} as ${each.as.login}`}`;
    return [`${title}: expected ${wanted}, got ${got} (${found.reasons.join(', ')}; capability ${found.capability ?? 'none'})`];
  });
  return { failures, tables: [...tables] };
}

function ask(
  config: Config,
  { as, request, headers, body, at, from, signIn }: Expectation,
  upstreamVersion: number | undefined,
): Explanation {
  const space = request.indexOf(' ');
  const signInMethod = signIn === undefined ? undefined : parseSignInMethod(signIn);
  return explain(config, {
    identity: buildIdentity(config, as, signInMethod),
    method: request.slice(0, space),
    path: request.slice(space + 1),
    headers: (headers ?? []).map(parseHeader),
    body: body === undefined ? undefined : Buffer.from(body),
    nowMs: at === undefined ? systemClock.now() : parseTime(at),
    address: from === undefined ? undefined : parseAddress(from),
    signInMethod,
    upstreamVersion,
  });
}
