/** Which Druid services a node type runs, and on which ports. Pure. */

export interface Service {
  name: string;
  port: number;
  path: string;
}

/** Druid's TLS ports are the plain ones plus this. */
const TLS_OFFSET = 200;

const DRUID_HEALTH = '/status/health';

const MASTER: readonly Service[] = [
  { name: 'coordinator', port: 8081, path: DRUID_HEALTH },
  { name: 'overlord', port: 8090, path: DRUID_HEALTH },
];
const QUERY: readonly Service[] = [
  { name: 'broker', port: 8082, path: DRUID_HEALTH },
  { name: 'router', port: 8888, path: DRUID_HEALTH },
];
const DATA: readonly Service[] = [
  { name: 'historical', port: 8083, path: DRUID_HEALTH },
  { name: 'middlemanager', port: 8091, path: DRUID_HEALTH },
];
/** Changes its scheme under TLS, not its port. */
const PIVOT: Service = { name: 'pivot', port: 9095, path: '/health' };

/** The services of a node type; none for one that is not known. */
export function servicesOf(nodeType: string, tls: boolean): Service[] {
  const druid = (list: readonly Service[]): Service[] =>
    list.map((one) => ({ ...one, port: one.port + (tls ? TLS_OFFSET : 0) }));
  if (nodeType === 'master') return druid(MASTER);
  if (nodeType === 'query') return [...druid(QUERY), PIVOT];
  return /^data(Tier[123])?$/.test(nodeType) ? druid(DATA) : [];
}
