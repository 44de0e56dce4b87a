// `identify` makes logins without a prefix, as the host application has them. Whoever else vouches for people then needs
// one (SEC-R6), save the application's own tickets: those are its word as well.

import type { Config } from './config.ts';
import type { Findings } from './problem.ts';

export function checkHostLogins({ signIn: { oidc, header } }: Pick<Config, 'signIn'>, { problems }: Findings): void {
  const others = [
    ...oidc.map(({ loginPrefix }, index) => ({ path: `signIn.oidc[${index}]`, loginPrefix })),
    ...(header === undefined ? [] : [{ path: 'signIn.header', loginPrefix: header.loginPrefix }]),
  ];
  for (const { path, loginPrefix } of others) {
    if (loginPrefix !== '') continue;
    problems.push({
      path: `${path}.loginPrefix`,
      what: 'is empty, so people of it could have the login of somebody whom identify names',
      wayOut: 'Give it a prefix of its own, such as "corp-"',
    });
  }
}
