import { startCaddy } from './caddy.ts';
import { type Absent, type Contender, type ContenderInput, isAbsent } from './contender.ts';
import { startFramegate } from './framegate.ts';
import { startNginx, startNginxWithAuth } from './nginx.ts';
import { startOauth2Proxy } from './oauth2-proxy.ts';
import { startSharedStore } from './redis.ts';
import { startTutorial } from './tutorial.ts';

/** Our gate as shipped; every ratio is this one's. */
export const OURS = 'framegate';
export const OURS_SHARED = 'framegate, shared session store';

const ENGINES = ['http-proxy', 'undici'];

export interface Started {
  readonly contenders: readonly Contender[];
  readonly absent: readonly string[];
}

/** Starts all that is there, ours in its variants. */
export async function startAll(input: ContenderInput): Promise<Started> {
  const starts = [
    () => startTutorial(input),
    () => startNginx(input),
    () => startNginxWithAuth(input),
    () => startCaddy(input),
    () => startOauth2Proxy(input),
    () => startFramegate({ ...input, name: OURS }),
    ...ENGINES.map((engine) => () => startFramegate({ ...input, name: `framegate, engine ${engine}`, engine })),
    () => startWithSharedStore(input),
  ];
  const results: (Contender | Absent)[] = [];
  // One after the other: each takes a free port before it listens.
  for (const start of starts) results.push(await start());
  return {
    contenders: results.filter((result): result is Contender => !isAbsent(result)),
    absent: results.filter(isAbsent).map(({ absent }) => absent),
  };
}

async function startWithSharedStore(input: ContenderInput): Promise<Contender | Absent> {
  const store = await startSharedStore(input.processes);
  if (store === undefined) return { absent: `${OURS_SHARED}: neither Valkey nor Redis is installed` };
  return startFramegate({ ...input, name: OURS_SHARED, store: store.url, besides: [store.pid] });
}
