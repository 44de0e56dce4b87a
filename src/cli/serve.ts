import { checkServiceConfig } from '../config/load.ts';
import { serve } from '../service.ts';
import { type Command, EXIT_CONFIGURATION, EXIT_FAILURE, EXIT_FINE, note, parseOptions } from './command.ts';
import { countOf, reportFindings } from './report.ts';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** A terminal sends one Ctrl-C to the launcher and to us, so a second signal this soon is the first one again. */
const SAME_SIGNAL_MS = 500;

export const command: Command = {
  help: `framegate serve: starts the gate, and the admin listener beside it

Usage: framegate serve [--config FILE]

  --config FILE  default: $FRAMEGATE_CONFIG, else ./framegate.yaml; without a file, FRAMEGATE_ variables alone

Log lines go to standard output as JSON. SIGTERM and Ctrl-C let running requests finish; a second one ends at once.
SIGHUP and SIGUSR2 open the file of the audit log anew.
The configuration is read again when one of its files changes, and on SIGHUP; one with a problem changes nothing.
Example: framegate serve --config framegate.yaml`,

  async run(args) {
    const options = parseOptions(args, { config: { type: 'string' } });
    const check = checkServiceConfig(options.config);
    reportFindings(check);
    if (check.config === undefined) {
      note(`${countOf(check.problems, 'problem')}; nothing started`);
      return EXIT_CONFIGURATION;
    }
    const load = () => checkServiceConfig(options.config);
    const service = await serve(check.config, { source: { load, files: check.files } });
    const signal = waitForSignal();
    process.on('SIGHUP', () => {
      service.reopenAudit();
      void service.reload();
    });
    process.on('SIGUSR2', () => service.reopenAudit());
    note(`framegate listens at ${service.url}; browsers come in by ${check.config.publicUrl.origin}`);
    if (service.adminUrl !== undefined) note(`health and readiness at ${service.adminUrl}`);
    note(`${await signal}: shutting down`);
    await service.close();
    return EXIT_FINE;
  },
};

function waitForSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let firstAtMs: number | undefined;
    for (const name of SIGNALS) {
      process.on(name, (signal) => {
        const nowMs = performance.now();
        if (firstAtMs === undefined) {
          firstAtMs = nowMs;
          resolve(signal);
        } else if (nowMs - firstAtMs > SAME_SIGNAL_MS) {
          note('framegate: ended before all requests were finished');
          process.exit(EXIT_FAILURE);
        }
      });
    }
  });
}
