// The audit log put together: records from every room become lines, and go where the configuration in force says.

import type { Config } from '../config/config.ts';
import { isSame } from '../config/fingerprint.ts';
import type { Audit, AuditRecord } from '../kernel/audit.ts';
import type { Clock } from '../kernel/clock.ts';
import { deriveKey } from '../kernel/derive-key.ts';
import type { Log, LogFields } from '../kernel/log.ts';
import { type AuditSink, createAuditFile, createAuditOutput } from '../observe/audit-file.ts';
import { formatAuditLine } from '../observe/audit-line.ts';

export interface AuditTrail {
  readonly write: Audit;
  /** From now on by this configuration, under this name. */
  follow(config: Config, revision: string): void;
  reopen(): void;
  /** Lines that could not be written. */
  readonly lost: number;
  close(): Promise<void>;
}

export interface AuditTrailOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Takes the lines for `audit.to: stdout`. Default: standard output. */
  readonly output: ((line: string) => void) | undefined;
}

export function createAuditTrail({ clock, log, output }: AuditTrailOptions): AuditTrail {
  let settings: Config['audit'] | undefined;
  let sink: AuditSink | undefined;
  let lostBefore = 0;
  let [revision, hashKey] = ['', ''];

  function open({ audit, log: { level } }: Config): AuditSink | undefined {
    if (audit.to === 'file') return createAuditFile({ path: audit.file, log });
    if (audit.to === 'off') return undefined;
    if (output !== undefined) return { write: output, reopen() {}, lost: 0, async close() {} };
    return level === 'silent' ? undefined : createAuditOutput(process.stdout, log);
  }

  return {
    write(record) {
      sink?.write(formatAuditLine(record, { nowMs: clock.now(), revision, hashKey }));
    },
    follow(config, name) {
      revision = name;
      const [secret] = config.session.secrets;
      hashKey = secret === undefined ? '' : deriveKey(secret, 'log');
      if (isSame(settings, config.audit)) return;
      settings = config.audit;
      lostBefore += sink?.lost ?? 0;
      void sink?.close();
      sink = open(config);
    },
    reopen: () => sink?.reopen(),
    get lost() {
      return lostBefore + (sink?.lost ?? 0);
    },
    close: async () => sink?.close(),
  };
}

/** Lines of the log that tell of keys by which signatures are judged; the rooms that write them know of no audit log. */
const KEY_EVENTS: ReadonlySet<string> = new Set(['ticket-keys.failed', 'oidc.keys-failed', 'oidc.provider-failed', 'api-keys.kept']);

/** The log, with what matters to the audit log told there too. */
export function withAudit(log: Log, audit: Audit): Log {
  const tell =
    (severity: 'warn' | 'error') =>
    (event: string, fields: LogFields = {}): void => {
      log[severity](event, fields);
      if (event === 'origin.refused') audit(describeOriginRefusal(fields));
      if (!KEY_EVENTS.has(event)) return;
      const { issuer } = fields;
      audit({ event: 'keys', outcome: 'fail', reason: event, ...(typeof issuer === 'string' ? { identity: { issuer } } : {}) });
    };
  return {
    ...(log.isDebug === undefined ? {} : { isDebug: log.isDebug }),
    debug: (event, fields) => log.debug(event, fields),
    info: (event, fields) => log.info(event, fields),
    warn: tell('warn'),
    error: tell('error'),
  };
}

/** Of an own route, which states an origin policy of its own. */
function describeOriginRefusal(fields: LogFields): AuditRecord {
  const textOf = (name: string): string | undefined => (typeof fields[name] === 'string' ? fields[name] : undefined);
  return {
    event: 'origin',
    outcome: 'fail',
    reason: textOf('reason'),
    requestId: textOf('requestId'),
    address: textOf('address'),
    target: textOf('path'),
    req: { headers: { origin: textOf('origin'), 'user-agent': textOf('userAgent') } },
  };
}
