import { checkServiceConfig } from '../config/load.ts';
import { type Command, EXIT_CONFIGURATION, EXIT_FINE, note, parseOptions, print } from './command.ts';
import { countOf, reportFindings } from './report.ts';

export const command: Command = {
  help: `framegate check: prints every problem and warning of a configuration, and starts nothing

Usage: framegate check [--config FILE] [--library]

  --config FILE  default: $FRAMEGATE_CONFIG, else ./framegate.yaml
  --library      the file is for createGate with an identify function, so no way to sign in is needed

Exit code 2 when there is a problem. Values of secrets are never printed.
Example: framegate check --config framegate.yaml`,

  async run(args) {
    const options = parseOptions(args, { config: { type: 'string' }, library: { type: 'boolean' } });
    const check = checkServiceConfig(options.config, { service: options.library !== true });
    reportFindings(check);
    if (check.config === undefined) {
      note(`${countOf(check.problems, 'problem')}, ${countOf(check.warnings, 'warning')}; nothing started`);
      return EXIT_CONFIGURATION;
    }
    print(`The configuration is fine (${countOf(check.warnings, 'warning')}).`);
    return EXIT_FINE;
  },
};
