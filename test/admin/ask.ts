import { request } from 'node:http';

export interface AdminAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  // biome-ignore lint/suspicious/noExplicitAny: what comes is what the test looks at.
  readonly json: any;
  readonly text: string;
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON unless it is a text. */
  readonly body?: unknown;
}

/** Asks the admin API as a program does, with these headers and no other. */
export function askAdmin(url: string, path: string, { method, headers = {}, body }: AskOptions = {}): Promise<AdminAnswer> {
  const type = body === undefined ? {} : { 'Content-Type': 'application/json' };
  return new Promise((resolve, reject) => {
    const options = { method: method ?? (body === undefined ? 'GET' : 'POST'), headers: { ...type, ...headers }, agent: false };
    request(url + path, options, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => {
        const isJson = /json/.test(response.headers['content-type'] ?? '') && text !== '';
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined });
      });
    })
      .on('error', reject)
      .end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body));
  });
}
