import { createAdminClient } from './admin-client.ts';
import { type Command, EXIT_FINE, parseOptions, print, UsageError } from './command.ts';

export const command: Command = {
  help: `framegate revoke: ends sessions, with their WebSockets, streams and downloads, on all instances within 2 s

Usage: framegate revoke [--config FILE] (--session KEY | --login LOGIN | --issuer ISSUER [--subject SUBJECT] | --everyone)

  --config FILE      that of the service; its admin listener is asked. Default: $FRAMEGATE_CONFIG, else ./framegate.yaml
  --session KEY      one session, by its KEY in framegate sessions
  --login LOGIN      a person's; with --issuer only those by that issuer
  --issuer ISSUER    everybody's whom this issuer vouches for; password is the users file
  --subject SUBJECT  one person's of that issuer
  --everyone         everybody's

Sessions that begin later go on: who may not come back has to be taken out of the rules, the users file or the host
application, too.
Example: framegate revoke --login alice`,

  async run(args) {
    const options = parseOptions(args, {
      config: { type: 'string' },
      session: { type: 'string' },
      login: { type: 'string' },
      issuer: { type: 'string' },
      subject: { type: 'string' },
      everyone: { type: 'boolean' },
    });
    const { session, login, issuer, subject, everyone } = options;
    const ways = [session, everyone === true ? 'everyone' : undefined, login ?? issuer ?? subject];
    if (ways.filter((way) => way !== undefined).length !== 1)
      throw new UsageError('needs exactly one of --session KEY, --login LOGIN, --issuer ISSUER and --everyone');
    if (subject !== undefined && (issuer === undefined || login !== undefined))
      throw new UsageError('takes --subject SUBJECT beside --issuer ISSUER only');
    const target = everyone === true ? { everyone } : { key: session, login, issuer, subject };
    const { ended } = await createAdminClient(options.config).post('/revocations', target);
    print(`${String(ended)} ${ended === 1 ? 'session' : 'sessions'} ended`);
    return EXIT_FINE;
  },
};
