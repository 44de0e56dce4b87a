// JSON lines on standard output (pino). What a client sent is data in them, never a new line or a control sequence.

import { type DestinationStream, pino } from 'pino';
import type { Log, LogFields } from '../kernel/log.ts';

/** Longest text of one field, in characters (SEC-B16.1). */
const MAX_TEXT_LENGTH = 256;
const MAX_ENTRIES = 100;
/** A cause may lead back to its own error. */
const MAX_CAUSES = 5;

// C0, DEL, C1, and the two line separators that JSON leaves alone.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

export function createLog(level: 'debug' | 'info' | 'warn' | 'error' | 'silent', destination?: DestinationStream): Log {
  const options = {
    level,
    base: null,
    messageKey: 'event',
    timestamp: () => `,"ts":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  const logger = destination === undefined ? pino(options) : pino(options, destination);
  const write =
    (severity: 'debug' | 'info' | 'warn' | 'error') =>
    (event: string, fields: LogFields = {}) => {
      if (logger.isLevelEnabled(severity)) logger[severity](safeFields(fields), event);
    };
  return {
    isDebug: logger.isLevelEnabled('debug'),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  };
}

/** Fields whose text is escaped and cut; of objects and lists the first 100 entries, one level deep: deeper ones are left out. */
function safeFields(fields: LogFields): LogFields {
  return Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, safeValue(value)]));
}

function safeValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error) return safeScalar(value);
  if (Array.isArray(value)) return value.slice(0, MAX_ENTRIES).map(safeScalar);
  // Whatever says itself how it is written, a Secret above all.
  if ('toJSON' in value) return safeScalar(JSON.parse(JSON.stringify(value) ?? 'null'));
  return Object.fromEntries(
    Object.entries(value)
      .slice(0, MAX_ENTRIES)
      .map(([key, item]) => [safeText(key), safeScalar(item)]),
  );
}

function safeScalar(value: unknown): unknown {
  if (typeof value === 'string') return safeText(value);
  if (value instanceof Error) return safeText(describeError(value, MAX_CAUSES));
  return typeof value === 'object' && value !== null ? '[object]' : value;
}

export function safeText(text: string): string {
  const cut = text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}...` : text;
  return cut.replace(UNSAFE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Name and message of an error and its causes; no stack, which would hold paths of the machine. */
function describeError(error: Error, causesLeft: number): string {
  const own = `${error.name}: ${error.message}`;
  return error.cause instanceof Error && causesLeft > 0 ? `${own} <- ${describeError(error.cause, causesLeft - 1)}` : own;
}
