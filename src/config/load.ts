// The way in: defaults < file < environment, one schema, all problems at once, nothing in force unless all is well.

import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { checkHostLogins } from './check-host-logins.ts';
import { checkPeople } from './check-people.ts';
import { checkRuleIssuers } from './check-rule-issuers.ts';
import type { Config } from './config.ts';
import { findPrototypeKeys, MAX_DOCUMENT_BYTES, parseConfigDocument } from './document.ts';
import { applyEnvironment, CONFIG_VARIABLE, type Environment, listVariables } from './environment.ts';
import { ConfigError } from './error.ts';
import { readFileStamp } from './file-stamp.ts';
import { describeFileError } from './file-text.ts';
import { type ConfigProblem, createFindings, type Findings } from './problem.ts';
import { resolveConfig } from './resolve.ts';
import { type ConfigInput, configSchema } from './schema.ts';
import { findSchemaProblems } from './schema-problems.ts';
import { readSections } from './sections.ts';

export interface LoadOptions {
  /** Variables that override. Default: those of the process for a file, none for an object. */
  readonly env?: Environment;
  /** What a relative path starts from: that of the file itself, or those named in an object. Default: the process's. */
  readonly cwd?: string;
  /** True where nobody else can say who is asking, so that having no way to sign in is a problem. Default: false. */
  readonly service?: boolean;
  /** True where a host application's `identify` names people, too. Default: false. */
  readonly hasIdentify?: boolean;
}

export interface ConfigCheck {
  /** Present if and only if there are no problems. */
  readonly config?: Config;
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
  /** What it was read from: absolute paths, each with the stamp from before it was read. */
  readonly files: ReadonlyMap<string, string>;
}

/**
 * Reads a configuration: a file (YAML, or JSON by its extension), whose folder its own relative paths start from, or an object.
 * @throws {ConfigError} with every problem.
 */
export function loadConfig(source: string | ConfigInput, options: LoadOptions = {}): Config {
  const { config, problems } = checkConfig(source, options);
  if (config === undefined) throw new ConfigError(problems);
  return config;
}

/** The same without throwing, and with the warnings. */
export function checkConfig(source: string | ConfigInput, options: LoadOptions = {}): ConfigCheck {
  const findings = createFindings();
  const cwd = options.cwd ?? process.cwd();
  const fromFile = typeof source === 'string';
  const written = fromFile ? readConfigFile(resolve(cwd, source), findings) : source;
  if (written === undefined) return findings;
  const { input, variables } = applyEnvironment(written, options.env ?? (fromFile ? process.env : {}), findings);

  findings.problems.push(...findPrototypeKeys(input), ...findSchemaProblems(configSchema, input));
  const schemaPaths = findings.problems.map((problem) => problem.path);
  const further: Findings = { ...createFindings(), files: findings.files };
  const sections = readSections(input);
  const config = resolveConfig(sections, {
    folder: fromFile ? dirname(resolve(cwd, source)) : cwd,
    isInFile: (path) => fromFile && !variables.has(path),
    findings: further,
  });
  const { usersFile, apiKeysFile, tickets, oidc, header } = sections;
  const single = [usersFile, apiKeysFile, header];
  if (options.service === true && single.every((way) => way === undefined) && tickets.size + oidc.size === 0) {
    further.problems.push({
      path: 'signIn',
      what: 'names no way to sign in',
      wayOut: 'Give signIn.password, signIn.tickets, signIn.oidc, signIn.header or signIn.apiKeysFile',
    });
  }
  if (options.service === true) checkTlsTerminator(config, further);
  if (options.service === true && config !== undefined) checkPeople(config, further);
  if (options.hasIdentify === true && config !== undefined) checkHostLogins(config, further);
  if (config !== undefined) checkRuleIssuers(config, further, options.service === true);
  const isNews = (problem: ConfigProblem): boolean => !schemaPaths.some((path) => isWithin(path, problem.path));
  const name = (problem: ConfigProblem): ConfigProblem => nameVariable(problem, variables);
  const { files } = findings;
  const problems = [...findings.problems, ...further.problems.filter(isNews)].map(name);
  const warnings = [...findings.warnings, ...further.warnings.filter(isNews)].map(name);
  return config === undefined || problems.length > 0
    ? { problems: problems.length > 0 ? problems : [UNEXPLAINED], warnings, files }
    : { config, problems, warnings, files };
}

/** What the service reads where no file is named, in the working directory. */
const DEFAULT_CONFIG_FILE = 'framegate.yaml';

/**
 * The service's configuration: the named file, else that of FRAMEGATE_CONFIG, else ./framegate.yaml; where that does
 * not exist, the variables alone if there are any.
 */
export function checkServiceConfig(file: string | undefined, options: LoadOptions = {}): ConfigCheck {
  const env = options.env ?? process.env;
  const named = file ?? (env[CONFIG_VARIABLE] || undefined);
  const alone =
    named === undefined && listVariables(env).length > 0 && !existsSync(resolve(options.cwd ?? process.cwd(), DEFAULT_CONFIG_FILE));
  // The empty object lacks required keys by type; the variables bring them, or they are reported as missing.
  return checkConfig(alone ? ({} as ConfigInput) : (named ?? DEFAULT_CONFIG_FILE), { service: true, ...options, env });
}

/** The service speaks plain HTTP, so an https publicUrl means a proxy in front, whose address all viewers would share. */
function checkTlsTerminator(config: Config | undefined, findings: Findings): void {
  if (config?.publicUrl.https !== true || config.trustedProxies.length > 0) return;
  findings.warnings.push({
    path: 'trustedProxies',
    what: 'is empty while publicUrl is https: without the TLS terminator in it, all viewers share one address for limits',
    wayOut: 'List the address of the proxy that terminates TLS, such as 10.1.2.9/32',
  });
}

/** Fail closed: no configuration comes out without every part of it. */
const UNEXPLAINED: ConfigProblem = {
  path: 'configuration',
  what: 'could not be read as a whole',
  wayOut: 'Report this together with the file, without its secrets',
};

function readConfigFile(full: string, findings: Findings): unknown {
  findings.files.set(full, readFileStamp(full));
  try {
    const { size } = statSync(full);
    if (size > MAX_DOCUMENT_BYTES) {
      findings.problems.push({ path: full, what: 'is larger than 1 MiB', wayOut: 'Give the right file' });
      return undefined;
    }
    const document = parseConfigDocument(readFileSync(full, 'utf8'), basename(full));
    if ('value' in document) return document.value;
    findings.problems.push(...document.problems);
  } catch (error) {
    findings.problems.push(describeFileError(error, '--config', full));
  }
  return undefined;
}

/** A part that the schema refused was left out of what was judged further: what is then missed there is no news. */
function isWithin(path: string, outer: string): boolean {
  return path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`);
}

/** Where a value came from the environment, the problem says from which variable. */
function nameVariable(problem: ConfigProblem, variables: ReadonlyMap<string, string>): ConfigProblem {
  for (const [path, variable] of variables) {
    if (isWithin(problem.path, path)) return { ...problem, path: `${problem.path} (from ${variable})` };
  }
  return problem;
}
