// The log as a port. `event` is a noun and a verb in the past tense: `session.started`.

export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  /** False where `debug` writes nothing, so that nothing need be put together for it. Default: true. */
  readonly isDebug?: boolean;
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

const nothing = (): void => {};
export const silentLog: Log = { isDebug: false, debug: nothing, info: nothing, warn: nothing, error: nothing };
