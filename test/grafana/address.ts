/** Names the address of a real Grafana that trusts X-WEBAUTH-USER and X-WEBAUTH-ROLE of this machine (docs/recipes/grafana.md). */
export const GRAFANA_VARIABLE = 'TEST_GRAFANA';

/** undefined: there is none, and the suite is skipped. */
export function grafanaUrl(): string | undefined {
  const url = process.env[GRAFANA_VARIABLE];
  if (url !== undefined && url !== '') return url.replace(/\/$/, '');
  process.stderr.write(`real Grafana: skipped, no address given; npm run test:grafana -- http://127.0.0.1:3000\n`);
  return undefined;
}
