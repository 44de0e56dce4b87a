// One file of the upstream as it is kept: its headers, its body, and the coded forms of the body.

import type { Coding } from './negotiation.ts';
import { DIGESTS, weakenTag, withoutNames } from './raw-headers.ts';
import type { Storable } from './storable.ts';
import type { Tape } from './tape.ts';

/** A coded form, and whether it is the one that stays. */
export interface Form {
  readonly tape: Tape;
  readonly isGood: boolean;
}

const NOT_OF_CODED = new Set(['accept-ranges', ...DIGESTS]);
/** A 304 says nothing about the body it does not carry (RFC 9110 15.4.5). */
const NOT_OF_304 = new Set(['accept-ranges', 'content-type', 'content-encoding', 'content-language', 'content-length', ...DIGESTS]);

export class Asset {
  readonly body: Tape;
  #storable: Storable;
  #storedAtMs: number;
  readonly #forms = new Map<Coding, Form>();
  /** Codings that make the body hardly smaller. */
  readonly #useless = new Set<Coding>();
  #isKept = false;

  constructor(storable: Storable, body: Tape, nowMs: number) {
    this.#storable = storable;
    this.body = body;
    this.#storedAtMs = nowMs;
  }

  isFresh(nowMs: number): boolean {
    return nowMs < this.#storedAtMs + this.#storable.freshMs;
  }

  /** Whether somebody is writing or reading it. */
  get isPinned(): boolean {
    return this.body.isPinned || [...this.#forms.values()].some(({ tape }) => tape.isPinned);
  }

  /** Its memory counts from now on. */
  keep(): void {
    this.#isKept = true;
    this.body.setKept(true);
    for (const { tape } of this.#forms.values()) tape.setKept(true);
  }

  /** Its memory counts only as far as somebody uses it; its forms are forgotten. */
  letGo(): void {
    this.#isKept = false;
    this.body.setKept(false);
    for (const coding of [...this.#forms.keys()]) this.dropForm(coding, false);
  }

  /** Length of the body as the upstream announced it; the engines hold it to that. */
  get promisedBytes(): number | undefined {
    return this.#storable.length;
  }

  get lastModified(): string | undefined {
    return this.#storable.lastModified;
  }

  get rawHeaders(): readonly string[] {
    return this.#storable.rawHeaders;
  }

  /** Headers of a request that asks whether it is still current; undefined: the upstream gave nothing to ask by. */
  conditions(): Record<string, string> | undefined {
    const { etag, lastModified } = this.#storable;
    if (etag === undefined && lastModified === undefined) return undefined;
    return {
      ...(etag === undefined ? {} : { 'if-none-match': etag }),
      ...(lastModified === undefined ? {} : { 'if-modified-since': lastModified }),
    };
  }

  /** The upstream said that it is still current (RFC 9111 4.3.4). */
  refresh(storable: Storable, nowMs: number): void {
    const { length, etag, compressible, variesByCoding } = this.#storable;
    this.#storable = {
      ...storable,
      length,
      etag: storable.etag ?? etag,
      compressible: compressible && storable.compressible,
      variesByCoding: variesByCoding || storable.variesByCoding,
    };
    this.#storedAtMs = nowMs;
  }

  /** What may be offered, best first. */
  codings(): readonly Coding[] {
    if (!this.#storable.compressible) return ['identity'];
    return (['br', 'gzip', 'identity'] as const).filter((coding) => !this.#useless.has(coding));
  }

  form(coding: Coding): Form | undefined {
    return this.#forms.get(coding);
  }

  setForm(coding: Coding, form: Form): void {
    this.#forms.get(coding)?.tape.setKept(false);
    this.#forms.set(coding, form);
    form.tape.setKept(this.#isKept);
  }

  /** @param isUseless Not to be made again. */
  dropForm(coding: Coding, isUseless: boolean): void {
    const form = this.#forms.get(coding);
    this.#forms.delete(coding);
    form?.tape.setKept(false);
    if (isUseless) this.#useless.add(coding);
  }

  /**
   * The entity tag of a form, weak for a coded one: its quick and its good bytes differ. Without a tag of the
   * upstream there is none, and Last-Modified alone tells.
   */
  tagOf(coding: Coding): string | undefined {
    const { etag } = this.#storable;
    return etag === undefined || coding === 'identity' ? etag : weakenTag(etag, coding);
  }

  /** @param length Bytes of the form; undefined while it is being made. */
  headersOf(coding: Coding, length: number | undefined, nowMs: number): string[] {
    const isCoded = coding !== 'identity';
    const raw = isCoded ? withoutNames(this.#storable.rawHeaders, NOT_OF_CODED) : [...this.#storable.rawHeaders];
    // A browser must not mend a broken-off coded body with a range of the plain one.
    if (isCoded) raw.push('Content-Encoding', coding, 'Accept-Ranges', 'none');
    if (length !== undefined) raw.push('Content-Length', String(length));
    return [...raw, ...this.#validity(coding, nowMs)];
  }

  headersOf304(coding: Coding, nowMs: number): string[] {
    return [...withoutNames(this.#storable.rawHeaders, NOT_OF_304), ...this.#validity(coding, nowMs)];
  }

  #validity(coding: Coding, nowMs: number): string[] {
    const out: string[] = [];
    const tag = this.tagOf(coding);
    if (tag !== undefined) out.push('ETag', tag);
    if (this.#storable.compressible || this.#storable.variesByCoding) out.push('Vary', 'Accept-Encoding');
    const ageSeconds = Math.floor((this.#storable.ageMs + Math.max(0, nowMs - this.#storedAtMs)) / 1000);
    // RFC 9111 5.1.
    if (ageSeconds > 0) out.push('Age', String(ageSeconds));
    return out;
  }
}
