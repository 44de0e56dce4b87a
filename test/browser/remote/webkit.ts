// WebKitGTK's MiniBrowser by WebDriver (https://www.w3.org/TR/webdriver2/), on a display that nobody sees.

import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { type StartedProgram, startProgram } from './process.ts';
import type { Place, Remote } from './remote.ts';

const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';
/** Milliseconds. */
const START_MS = 30_000;
/** Where Debian's package has it, beside its libraries. */
const FOLDERS = ['x86_64', 'aarch64'].map((machine) => `/usr/lib/${machine}-linux-gnu/webkit2gtk-4.1/MiniBrowser`);
export const MINI_BROWSER: string | undefined = FOLDERS.find((file) => existsSync(file));

export class WebKit implements Remote {
  readonly #programs: readonly StartedProgram[];
  readonly #url: string;
  #session = '';
  #page = '';

  private constructor(programs: readonly StartedProgram[], url: string) {
    this.#programs = programs;
    this.#url = url;
  }

  static async start(driver: string, display: string, port: number): Promise<WebKit> {
    const screen = await startProgram(display, ['-displayfd', '1', '-screen', '0', '1360x900x24', '-nolisten', 'tcp'], /(\d+)\n/);
    const program = await startProgram('/bin/sh', ['-c', `echo starting; exec ${driver} --port=${port}`], /(starting)/, {
      DISPLAY: `:${screen.address}`,
      // Where nobody chose a language: navigator.language is then one that Intl does not take.
      LC_ALL: 'C.UTF-8',
    });
    const webkit = new WebKit([program, screen], `http://127.0.0.1:${port}`);
    await webkit.#begin();
    webkit.#page = await webkit.#send<string>('GET', '/window');
    return webkit;
  }

  /** The driver says nothing when it listens. */
  async #begin(): Promise<void> {
    const options = { binary: MINI_BROWSER, args: ['--automation'] };
    const capabilities = { alwaysMatch: { acceptInsecureCerts: true, 'webkitgtk:browserOptions': options } };
    const deadline = Date.now() + START_MS;
    for (;;) {
      try {
        const { sessionId } = await this.#send<{ sessionId: string }>('POST', '/session', { capabilities });
        this.#session = `/session/${sessionId}`;
        return;
      } catch (error) {
        // A TypeError of fetch: nobody listens.
        if (!(error instanceof TypeError) || Date.now() > deadline) throw error;
        await sleep(50);
      }
    }
  }

  async #send<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<T> {
    const answer = await fetch(`${this.#url}${this.#session}${path}`, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const { value } = (await answer.json()) as { value: T & { error?: string; message?: string } };
    if (!answer.ok) throw new Error(`${method} ${path}: ${value.error}: ${value.message}`);
    return value;
  }

  async #enter(place: Place): Promise<void> {
    const handles = await this.#send<string[]>('GET', '/window/handles');
    const handle = place === 'popup' ? handles.find((each) => each !== this.#page) : this.#page;
    if (handle === undefined) throw new Error(`there is no ${place}`);
    await this.#send('POST', '/window', { handle });
    await this.#send('POST', '/frame', { id: place === 'frame' ? 0 : null });
  }

  async open(url: string): Promise<void> {
    await this.#enter('page');
    await this.#send('POST', '/url', { url });
  }

  async evaluate<T>(place: Place, expression: string): Promise<T> {
    await this.#enter(place);
    const script = `const done = arguments[0]; Promise.resolve(${expression}).then((value) => done({ value: value ?? null }), (error) => done({ error: String(error) }));`;
    const { value, error } = await this.#send<{ value?: T; error?: string }>('POST', '/execute/async', { script, args: [] });
    if (error !== undefined) throw new Error(error);
    return value as T;
  }

  async #find(place: Place, selector: string): Promise<string> {
    await this.#enter(place);
    const found = await this.#send<Record<string, string>>('POST', '/element', { using: 'css selector', value: selector });
    return `/element/${found[ELEMENT]}`;
  }

  async click(place: Place, selector: string): Promise<void> {
    await this.#send('POST', `${await this.#find(place, selector)}/click`, {});
  }

  async type(place: Place, selector: string, text: string): Promise<void> {
    await this.#send('POST', `${await this.#find(place, selector)}/value`, { text });
  }

  async hasPopup(): Promise<boolean> {
    return (await this.#send<string[]>('GET', '/window/handles')).length > 1;
  }

  async close(): Promise<void> {
    await this.#send('DELETE', '').catch(() => undefined);
    for (const program of this.#programs) await program.stop();
  }
}
