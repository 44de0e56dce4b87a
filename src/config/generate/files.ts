import { buildCapabilities } from './capabilities.ts';
import { buildExample } from './example.ts';
import { buildJsonSchema } from './json-schema.ts';
import { buildReference } from './reference.ts';

/** The generated files, by path from the root of the project. */
export function buildGeneratedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['config/framegate.schema.json', buildJsonSchema()],
    ['config/framegate.example.yaml', buildExample()],
    ['docs/configuration.md', buildReference()],
    ['docs/capabilities.md', buildCapabilities()],
  ]);
}
