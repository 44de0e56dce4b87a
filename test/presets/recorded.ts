// Exchanges as they were recorded from a real program, and an upstream that gives the recorded answers.

import { readFileSync } from 'node:fs';
import { answerText, type Script } from '../support/recording-upstream.ts';

export interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly requestBody?: string;
  readonly requestType?: string;
  /** The beginning of what was answered. */
  readonly body?: string;
}

export function readRecorded<T = readonly Recorded[]>(upstream: 'prometheus' | 'node-red', name: string): T {
  return JSON.parse(readFileSync(new URL(`../fixtures/${upstream}/${name}`, import.meta.url), 'utf8')) as T;
}

/** @param mount Where the recorded paths lie; empty: at the root. */
export function answerRecorded(exchanges: readonly Recorded[], mount = ''): Script {
  return (request, socket) => {
    const found = exchanges.find(({ method, path }) => method === request.method && mount + path === request.target);
    const { status, headers = {}, body = '' } = found ?? { status: 500 };
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const head = answerText(`${status} Recorded`, lines, body);
    socket.write(status === 204 ? head.replace(/Content-Length: 0\r\n/, '') : head);
  };
}

/** The lines that a recorded request is sent with, beside its cookie. */
export function headersOf({ requestType }: Recorded): string[] {
  return requestType === undefined ? [] : [`Content-Type: ${requestType}`];
}

export const nameOf = ({ method, path }: Recorded): string => `${method} ${path.split('?', 1)[0]}`;
