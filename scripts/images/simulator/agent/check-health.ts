/**
 * `/root/check-health -c CLUSTER [-s]`: fails only if the services are down although the manager says that the cluster
 * is RUNNING. As the real one: the token comes from IMPLY_MANAGER_AUTH_TOKEN alone, never from a file, and no CA is
 * given; a manager that refuses, is not trusted or is away counts as healthy.
 */
import { parseArgs } from 'node:util';
import { call } from '../common/http.ts';
import { servicesAreUp } from './probes.ts';

const { values } = parseArgs({
  options: { cluster: { type: 'string', short: 'c' }, secure: { type: 'boolean', short: 's' } },
});
const {
  IMPLY_MANAGER_HOST: host = '',
  IMPLY_MANAGER_BE_PORT: port = '9989',
  IMPLY_MANAGER_AUTH_TOKEN: token,
  SIMULATOR_STATE_ROOT: stateRoot = '',
} = process.env;

process.exitCode = (await servicesAreUp(stateRoot)) || (await stateOf(values.cluster ?? '')) !== 'RUNNING' ? 0 : 1;

async function stateOf(clusterId: string): Promise<unknown> {
  try {
    const target = { host, port: Number(port), tls: values.secure === true ? {} : undefined };
    const { body } = await call(target, 'POST', '/manager/v1/action', {
      token: token || undefined,
      body: { type: 'describeCluster', clusterId },
    });
    return (body as { info?: { state?: unknown } } | undefined)?.info?.state;
  } catch {
    return undefined;
  }
}
