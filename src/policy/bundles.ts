import { CAPABILITIES, type Capability } from './capability.ts';
import { BUNDLES, type Bundle, CAPABILITY_FACTS } from './capability-facts.ts';

/** What stands in a rule's `may` or `deny`. */
export type CapabilityWord = Bundle | Capability;

/** `auth` is none of them: nobody may do it, whatever the rules say. */
const capabilities = CAPABILITIES.filter((capability) => CAPABILITY_FACTS[capability].bundle !== 'nobody');

/** The words of `may`. `explore` is the bundle. */
export const GRANTED_WORDS: readonly CapabilityWord[] = [...new Set<CapabilityWord>([...BUNDLES, ...capabilities])];

/**
 * The words of `deny`. Without the bundles in the middle: `edit` holds `view`, so denying it would deny more than it says;
 * `explore` is the capability.
 */
export const DENIED_WORDS: readonly CapabilityWord[] = ['view', ...capabilities, 'everything'];

const holdingsByBundle = new Map<string, readonly Capability[]>(
  BUNDLES.map((bundle, size) => [
    bundle,
    capabilities.filter((capability) => (BUNDLES as readonly string[]).indexOf(CAPABILITY_FACTS[capability].bundle) <= size),
  ]),
);

/** The capabilities of these words. A word that is none of them stands for nothing. */
export function expandCapabilities(effect: 'allow' | 'deny', words: readonly string[]): ReadonlySet<Capability> {
  const known: readonly string[] = effect === 'allow' ? GRANTED_WORDS : DENIED_WORDS;
  return new Set(words.filter((word) => known.includes(word)).flatMap((word) => expandWord(effect, word)));
}

function expandWord(effect: 'allow' | 'deny', word: string): readonly Capability[] {
  const isBundle = effect === 'allow' || word === 'view' || word === 'everything';
  return (isBundle ? holdingsByBundle.get(word) : undefined) ?? [word as Capability];
}
