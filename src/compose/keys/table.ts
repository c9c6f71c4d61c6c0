import type { ServiceKey } from './key.ts';
import * as deploy from './deploy.ts';
import * as kernel from './kernel.ts';
import * as mounts from './mounts.ts';
import * as network from './network.ts';
import * as process from './process.ts';

/**
 * Every key of a service that a stack document may use, in the order of the file. A key of the schema is either here or
 * in DROPPED_KEYS.
 */
export const SERVICE_KEYS: readonly ServiceKey[] = [
  process.image,
  process.hostname,
  process.user,
  process.workingDir,
  process.init,
  process.tty,
  process.stdinOpen,
  process.readOnly,
  kernel.isolation,
  mounts.credentialSpec,
  process.entrypoint,
  process.command,
  process.environment,
  network.networks,
  network.dns,
  network.dnsSearch,
  network.extraHosts,
  mounts.secrets,
  mounts.configs,
  mounts.volumes,
  network.ports,
  process.healthcheck,
  process.stopSignal,
  process.stopGracePeriod,
  process.logging,
  process.labels,
  kernel.capAdd,
  kernel.capDrop,
  kernel.sysctls,
  kernel.ulimits,
  deploy.mode,
  deploy.endpointMode,
  deploy.replicas,
  deploy.serviceLabels,
  deploy.placement,
  deploy.updateConfig,
  deploy.rollbackConfig,
  deploy.restartPolicy,
  deploy.resources,
];
