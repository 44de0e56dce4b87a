// The assets in memory: least recently used out first, bounded by bytes. What leaves is counted on for as long as
// somebody reads it: a reader who stalls holds it in memory.

import type { Asset } from './asset.ts';
import type { Ledger } from './tape.ts';
import { pathOf } from './target.ts';

/** Of the whole, the most that a single asset may take. */
const LARGEST_SHARE = 1 / 8;
/** Of the whole, above this share of what is being written and read nothing new is begun. */
const PINNED_SHARE = 1 / 2;
/** What an asset takes besides its bodies and its address, in bytes; generously. */
const OVERHEAD_BYTES = 2048;

export class AssetStore implements Ledger {
  readonly #maxBytes: number;
  /** In order of use. */
  readonly #entries = new Map<string, Asset>();
  /** How many entries there are of a path. */
  readonly #variants = new Map<string, number>();
  #bytes = 0;
  #pinnedBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** The longest body that is kept, in bytes. */
  get maxAssetBytes(): number {
    return Math.floor(this.#maxBytes * LARGEST_SHARE);
  }

  /** Memory in use, in bytes: what is kept, and what is being written or read; never above the bound. */
  get bytes(): number {
    return this.#bytes;
  }

  count(used: number, pinned: number): void {
    this.#bytes += used;
    this.#pinnedBytes += pinned;
    if (used > 0) this.#evict();
  }

  /** Whether a body of that many bytes may be begun. */
  hasRoom(bytes: number): boolean {
    return this.#pinnedBytes + bytes <= this.#maxBytes * PINNED_SHARE;
  }

  get(key: string): Asset | undefined {
    const asset = this.#entries.get(key);
    if (asset === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, asset);
    return asset;
  }

  put(key: string, asset: Asset): void {
    this.delete(key);
    this.#entries.set(key, asset);
    this.#countVariant(key, 1);
    this.count(overheadOf(key), 0);
    // It may have had to leave already.
    if (this.has(key, asset)) asset.keep();
  }

  has(key: string, asset: Asset): boolean {
    return this.#entries.get(key) === asset;
  }

  variantsOf(path: string): number {
    return this.#variants.get(path) ?? 0;
  }

  delete(key: string): void {
    const asset = this.#entries.get(key);
    if (asset === undefined) return;
    this.#entries.delete(key);
    this.#countVariant(key, -1);
    this.#bytes -= overheadOf(key);
    asset.letGo();
  }

  clear(): void {
    for (const key of [...this.#entries.keys()]) this.delete(key);
  }

  #evict(): void {
    // One that is being read gives little back.
    for (const mayBePinned of [false, true]) {
      for (const [key, asset] of this.#entries) {
        if (this.#bytes <= this.#maxBytes) return;
        if (mayBePinned || !asset.isPinned) this.delete(key);
      }
    }
  }

  #countVariant(key: string, more: number): void {
    const path = pathOf(key);
    const count = this.variantsOf(path) + more;
    if (count === 0) this.#variants.delete(path);
    else this.#variants.set(path, count);
  }
}

function overheadOf(key: string): number {
  return OVERHEAD_BYTES + 2 * key.length;
}
