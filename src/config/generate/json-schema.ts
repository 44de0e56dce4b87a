import { configSchema } from '../schema.ts';
import { describeSchema } from '../schema-node.ts';

/** config/framegate.schema.json: for editors, which complete and check the configuration file by it. */
export function buildJsonSchema(): string {
  const schema = { title: 'framegate configuration', ...describeSchema(configSchema) };
  // Our mark of secret keys in the standard's word (JSON Schema Validation 2020-12, section 9.4).
  const text = JSON.stringify(schema, (key, value: unknown) => (key === 'secret' && value === true ? undefined : markWriteOnly(value)), 2);
  return `${text}\n`;
}

function markWriteOnly(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'secret' in value && value.secret === true ? { ...value, writeOnly: true } : value;
}
