// The assets in memory: least recently used out first, bounded by bytes.

import type { Asset } from './asset.ts';

/** Of the whole, the most that a single asset may take. */
const LARGEST_SHARE = 1 / 8;
/** Of the whole, the most that answers on their way may take. */
const RESERVED_SHARE = 1 / 2;

export class AssetStore {
  readonly #maxBytes: number;
  /** In order of use; the bytes as they were counted. */
  readonly #entries = new Map<string, { readonly asset: Asset; bytes: number }>();
  #bytes = 0;
  #reserved = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The longest body that is kept, in bytes. */
  get maxAssetBytes(): number {
    return Math.floor(this.#maxBytes * LARGEST_SHARE);
  }

  /** Memory in use, in bytes; never above the bound. */
  get bytes(): number {
    return this.#bytes + this.#reserved;
  }

  get(key: string): Asset | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.asset;
  }

  /** Room for a body on its way. @returns false when there is none. */
  reserve(bytes: number): boolean {
    if (this.#reserved + bytes > this.#maxBytes * RESERVED_SHARE) return false;
    this.#reserved += bytes;
    this.#evict();
    return true;
  }

  release(bytes: number): void {
    this.#reserved -= bytes;
  }

  put(key: string, asset: Asset): void {
    this.delete(key);
    const { bytes } = asset;
    this.#entries.set(key, { asset, bytes });
    this.#bytes += bytes;
    this.#evict();
  }

  /** Counts an asset again whose forms have changed. */
  recount(key: string, asset: Asset): void {
    const entry = this.#entries.get(key);
    if (entry?.asset !== asset) return;
    this.#bytes += asset.bytes - entry.bytes;
    entry.bytes = asset.bytes;
    this.#evict();
  }

  has(key: string, asset: Asset): boolean {
    return this.#entries.get(key)?.asset === asset;
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }

  #evict(): void {
    for (const key of this.#entries.keys()) {
      if (this.bytes <= this.#maxBytes) return;
      this.delete(key);
    }
  }
}
