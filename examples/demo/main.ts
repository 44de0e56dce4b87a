// npm run demo: starts everything, says what to open, and stops it on Ctrl-C. Exit codes: 0 fine, 2 options, 1 anything else.

import { parseArgs } from 'node:util';
import { ConfigError } from '../../src/config/error.ts';
import type { DemoOptions } from './demo.ts';
import { startDemo } from './demo.ts';
import { DEFAULT_FIRST_PORT, listPorts, PortsTakenError } from './ports.ts';
import { buildGrafanaSettings, buildStory, USAGE } from './story.ts';

const EXIT_USAGE = 2;

class UsageError extends Error {}

function readOptions(): DemoOptions | 'help' {
  const { values } = parseArgs({
    options: {
      upstream: { type: 'string' },
      dashboard: { type: 'string' },
      port: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return 'help';
  const { upstream, dashboard } = values;
  const first = Number(values.port ?? DEFAULT_FIRST_PORT);
  if (!Number.isInteger(first) || first < 1 || first > 65_532) throw new UsageError('--port is not a port. Give a number from 1 to 65532');
  if (dashboard !== undefined && !/^\/(?!\/)/.test(dashboard))
    throw new UsageError('--dashboard is not a path. Give one such as /d/abc123/my-dashboard?kiosk');
  return {
    ports: listPorts(first),
    ...(upstream === undefined ? {} : { upstream }),
    ...(dashboard === undefined ? {} : { dashboardPath: dashboard }),
  };
}

async function main(): Promise<void> {
  const options = readOptions();
  if (options === 'help') return void process.stdout.write(USAGE);
  const demo = await startDemo(options);
  let isStopping = false;
  function stop(): void {
    // A second Ctrl-C does not wait.
    if (isStopping) process.exit(1);
    isStopping = true;
    demo.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  }
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);

  // Last: from the moment this is read, Ctrl-C must stop everything in order.
  process.stdout.write(buildStory(demo, options.upstream === undefined));
  if (options.upstream !== undefined) process.stdout.write(buildGrafanaSettings(options.upstream));
}

function describeProblem(error: unknown): string {
  if (error instanceof PortsTakenError) {
    const [verb, it] = error.ports.length === 1 ? ['is', 'it'] : ['are', 'them'];
    return `Port ${error.ports.join(', ')} ${verb} taken. Stop the program that uses ${it}, or take other ports: npm run demo -- --port 9000`;
  }
  if (isUsage(error)) return `${error.message}\n\n${USAGE}`;
  if (error instanceof ConfigError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Ours, or parseArgs's about an option that does not exist. */
function isUsage(error: unknown): error is Error {
  return error instanceof UsageError || (error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'));
}

main().catch((error: unknown) => {
  process.stderr.write(`${describeProblem(error)}\n`);
  process.exit(isUsage(error) || error instanceof ConfigError ? EXIT_USAGE : 1);
});
