// Requests as they were recorded: raw path, exact headers, and nothing followed or decoded.

import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import { WebSocket } from 'ws';

export interface RecordedRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answer {
  readonly status: number;
  /** [name, value] in the order received. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

/** What the recorded requests were sent to. */
export const RECORDED_HOST = 'localhost:8000';

/** Sends one request on a connection of its own. */
export function send(url: string, { method = 'GET', path: target, headers = {}, body }: RecordedRequest): Promise<Answer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const req = request({ hostname, port, method, path: target, headers: { Host: RECORDED_HOST, ...headers }, agent: false }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('error', reject);
      res.on('end', () => {
        const pairs = res.rawHeaders.flatMap((name, index, all) => (index % 2 === 0 ? [[name, all[index + 1] ?? ''] as const] : []));
        resolve({ status: res.statusCode ?? 0, headers: pairs, body: Buffer.concat(chunks).toString('utf8') });
      });
    });
    req.on('error', reject);
    req.end(body);
  });
}

/** All values of a header, whatever its case. */
export function valuesOf(headers: Answer['headers'], name: string): string[] {
  return headers.filter(([key]) => key.toLowerCase() === name.toLowerCase()).map(([, value]) => value);
}

export function readFixture<T>(name: string): T {
  return JSON.parse(readFileSync(path.join(import.meta.dirname, '../fixtures/grafana', name), 'utf8')) as T;
}

export interface LiveClient {
  send(text: string): void;
  /** The next text frame, or an error after 5 s. */
  next(): Promise<string>;
  /** Code of the close, once it has come. */
  readonly closed: Promise<number>;
  close(): void;
}

/** Opens a live socket; rejects with the status and body of a refusal. */
export function openLive(url: string, headers: Readonly<Record<string, string>>): Promise<LiveClient> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/live/ws`, { headers });
  const frames: string[] = [];
  const waiting: ((text: string) => void)[] = [];
  socket.on('message', (data) => {
    const text = String(data);
    const next = waiting.shift();
    if (next === undefined) frames.push(text);
    else next(text);
  });
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));

  function next(): Promise<string> {
    const ready = frames.shift();
    if (ready !== undefined) return Promise.resolve(ready);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no frame within 5 s')), 5000);
      waiting.push((text) => {
        clearTimeout(timer);
        resolve(text);
      });
    });
  }

  return new Promise((resolve, reject) => {
    socket.on('open', () => resolve({ send: (text) => socket.send(text), next, closed, close: () => socket.close() }));
    socket.on('unexpected-response', (_req, res) => {
      let body = '';
      res.on('data', (chunk) => (body += String(chunk)));
      res.on('end', () => reject(new LiveRefusal(res.statusCode ?? 0, body, res.headers)));
    });
    socket.on('error', (error) => reject(error));
  });
}

export class LiveRefusal extends Error {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;

  constructor(status: number, body: string, headers: Readonly<Record<string, string | string[] | undefined>>) {
    super(`refused with ${status}`);
    this.status = status;
    this.body = body;
    this.headers = headers;
  }
}

/** The shape of a JSON value: keys and types, without what differs from server to server. */
export function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shapeOf(value[0])];
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shapeOf(item)]));
}
