import { readFileSync } from 'node:fs';
import { ConfigError } from '../config/error.ts';
import { checkServiceConfig } from '../config/load.ts';
import { systemClock } from '../kernel/clock.ts';
import { buildIdentity } from './build-identity.ts';
import { type Command, EXIT_FINE, parseOptions, print, requireOption } from './command.ts';
import { explain } from './explanation.ts';
import { formatExplanation } from './format-explanation.ts';
import { parseAddress, parseHeader, parseSignInMethod, parseTime, parseVersion } from './question-values.ts';

export const command: Command = {
  help: `framegate explain: says what a person may do, by which rule and why; asks nobody and starts nothing

Usage: framegate explain --login LOGIN --path PATH [OPTIONS]

  --config FILE    default: $FRAMEGATE_CONFIG, else ./framegate.yaml
  --login LOGIN    a login of the users file brings its groups and e-mail along
  --group NAME     can be repeated; replaces the groups of the users file
  --email ADDRESS
  --issuer ISSUER  who vouches for the person; default: the users file, or the only one that there is
  --method METHOD  default GET
  --path PATH      as the browser sends it
  --header LINE    such as 'Content-Type: application/json'; can be repeated
  --body FILE      what the request sends; it may name data sources and dashboards
  --at TIME        such as 2026-03-02T08:00:00+01:00; default: now
  --from ADDRESS   of the client; default: not known
  --sign-in METHOD password, ticket, oidc, header, api-key or host; default: not known
  --upstream NAME  default: the one that the path lies under
  --upstream-version N
                   major version of it; default: upstreams.NAME.version, else the strictest
  --json           one JSON object
  --library        the file is for createGate with an identify function

Example: framegate explain --login alice --group operators --method GET --path /d/plant-a/overview`,

  async run(args) {
    const options = parseOptions(args, {
      config: { type: 'string' },
      login: { type: 'string' },
      group: { type: 'string', multiple: true },
      email: { type: 'string' },
      issuer: { type: 'string' },
      method: { type: 'string' },
      path: { type: 'string' },
      header: { type: 'string', multiple: true },
      body: { type: 'string' },
      at: { type: 'string' },
      from: { type: 'string' },
      'sign-in': { type: 'string' },
      upstream: { type: 'string' },
      'upstream-version': { type: 'string' },
      json: { type: 'boolean' },
      library: { type: 'boolean' },
    });
    const check = checkServiceConfig(options.config, { service: options.library !== true });
    if (check.config === undefined) throw new ConfigError(check.problems);
    const signInMethod = options['sign-in'] === undefined ? undefined : parseSignInMethod(options['sign-in']);
    const { group: groups, email, issuer } = options;
    const explanation = explain(check.config, {
      identity: buildIdentity(check.config, { login: requireOption(options.login, 'login LOGIN'), groups, email, issuer }, signInMethod),
      method: options.method ?? 'GET',
      path: requireOption(options.path, 'path PATH'),
      headers: (options.header ?? []).map(parseHeader),
      body: options.body === undefined ? undefined : readFileSync(options.body),
      nowMs: options.at === undefined ? systemClock.now() : parseTime(options.at),
      address: options.from === undefined ? undefined : parseAddress(options.from),
      signInMethod,
      upstream: options.upstream,
      upstreamVersion: parseVersion(options['upstream-version']),
    });
    print(options.json === true ? JSON.stringify(explanation) : formatExplanation(explanation));
    return EXIT_FINE;
  },
};
