import { addressNumber } from '../subnet.ts';
import { isJob, isPerNode } from '../modes.ts';
import { eachService, type Problem } from '../problem.ts';
import type { ComposeService } from '../types.ts';

/** What a mode rules out, and what only a job's or a node's own number would give. */
export const modeRules = eachService((service, path) => {
  const { deploy } = service;
  const problem = (id: string, key: string, message: string, fix: string): Problem[] => [
    { id, path: `${path}.${key}`, message, fix },
  ];
  const slot = Object.entries(service.environment ?? {}).find(
    ([, value]) => typeof value === 'string' && /\{\{[^}]*\.Task\.Slot/.test(value),
  );
  return [
    ...(isPerNode(service) && deploy.replicas !== undefined
      ? problem('replicas-per-node', 'deploy.replicas', 'its nodes decide how many tasks it has', 'Leave it out.')
      : []),
    ...(isJob(service) && (deploy.update !== undefined || deploy.rollback !== undefined)
      ? problem('job-update', 'deploy.update_config', 'swarm refuses a job with an update policy', 'Leave it out.')
      : []),
    ...(isJob(service) && deploy.restart.condition === 'any'
      ? problem(
          'job-restart',
          'deploy.restart_policy.condition',
          'swarm takes "any" for "on-failure": a job that ended well has ended',
          'Say on-failure or none.',
        )
      : []),
    // Tried with Engine 20.10: slots of a job begin at 0, which the template takes for none.
    ...(isJob(service) && slot !== undefined
      ? problem(
          'job-slot',
          `environment.${slot[0]}`,
          'in the first task of a job the slot is 0, and swarm puts the node’s id in its place',
          'Do without the slot.',
        )
      : []),
  ];
});

/** What docker drops, or takes for something else, of what a container gets from its kernel and its resolver. */
export const containerRules = eachService((service, path) => [
  // docker/cli, cli/compose/convert/service.go, toNetipAddrSlice
  ...(service.dns ?? []).filter(notAddress).map((address): Problem => ({
    id: 'dns-address',
    path: `${path}.dns`,
    message: `"${address}" is no address: docker leaves it out without a word`,
    fix: 'Name servers are given by address.',
  })),
  ...Object.entries(service.ulimits ?? {})
    .filter(([, limit]) => typeof limit !== 'number' && limit.soft > limit.hard)
    .map(([name]): Problem => ({
      id: 'ulimit-order',
      path: `${path}.ulimits.${name}`,
      message: 'its soft limit is above its hard limit: no container starts with it',
      fix: 'Raise the hard one.',
    })),
]);

function notAddress(text: string): boolean {
  return addressNumber(text) === undefined && !/^[0-9a-f:]*:[0-9a-f:.]*$/i.test(text);
}

/**
 * The CLI looks for the config of a credential spec by its key in the file, among the swarm's names (docker/cli,
 * cli/compose/convert/service.go, convertCredentialSpec; tried with 28.2).
 */
export function credentialFault(
  { credentialSpec }: ComposeService,
  configs: Readonly<Record<string, { name: string }>>,
  stack: string,
): string | undefined {
  if (credentialSpec === undefined || !('config' in credentialSpec)) return undefined;
  const name = configs[credentialSpec.config]?.name;
  return name === undefined || [credentialSpec.config, `${stack}_${credentialSpec.config}`].includes(name)
    ? undefined
    : credentialSpec.config;
}
