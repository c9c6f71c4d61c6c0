import { parseReference } from '../../image/reference.ts';
import { configsOf } from '../filter.ts';
import { isJoined } from '../networks.ts';
import type { Problem, Rule } from '../problem.ts';
import { credentialFault } from './modes.ts';

/** What a service names must exist, and what is defined must be used: docker neither creates nor mentions the rest. */
export const referenceRules: Rule = (stack, document) => {
  const problems: Problem[] = [];
  const used = { networks: new Set<string>(), volumes: new Set<string>() };
  const missing = (kind: string, name: string, path: string): void => {
    problems.push({
      id: `${kind}-undefined`,
      path,
      message: `${kind} "${name}" is not defined`,
      fix: `Define it under the top-level ${kind}s.`,
    });
  };
  for (const [name, service] of Object.entries(document.services)) {
    const path = `services.${name}`;
    const { why } = parseReference(service.image);
    if (why !== undefined)
      problems.push({
        id: 'image',
        path: `${path}.image`,
        message: `"${service.image}" is no image reference: ${why}`,
        fix: 'Write it as [registry/]name[:tag].',
      });
    if (Object.keys(service.networks).length === 0) {
      problems.push({
        id: 'network-implicit',
        path,
        message: 'no network is named, so docker adds one called "default"',
        fix: 'Name the network.',
      });
    }
    for (const network of Object.keys(service.networks)) {
      used.networks.add(network);
      if (!(network in document.networks)) missing('network', network, `${path}.networks`);
    }
    const joined = Object.keys(service.networks).filter((network) => isJoined(document.networks[network]));
    // Jobs beside its tasks, and what asks its ports, meet it on a network of the stack's own.
    if (joined.length > 0 && joined.length === Object.keys(service.networks).length)
      problems.push({
        id: 'network-joined-alone',
        path: `${path}.networks`,
        message: `it is on ${joined.join(', ')} of another stack, and on no network of its own stack`,
        fix: 'Attach it to a network of its own stack too.',
      });
    for (const mount of service.volumes ?? []) {
      if (mount.type !== 'volume') continue;
      used.volumes.add(mount.source);
      if (!(mount.source in document.volumes)) missing('volume', mount.source, `${path}.volumes`);
    }
    for (const mount of service.secrets ?? [])
      if (!(mount.source in document.secrets)) missing('secret', mount.source, `${path}.secrets`);
    const { configs = {} } = document;
    for (const source of configsOf(service)) if (!(source in configs)) missing('config', source, `${path}.configs`);
    const fault = credentialFault(service, configs, stack);
    if (fault !== undefined)
      problems.push({
        id: 'credential-config',
        path: `${path}.credential_spec.config`,
        message: `docker looks for "${fault}" among the names of configs, not among the keys of the file`,
        fix: 'Give the config its name in the swarm as its key.',
      });
  }
  for (const kind of ['network', 'volume'] as const) {
    for (const name of Object.keys(document[`${kind}s`])) {
      if (used[`${kind}s`].has(name)) continue;
      problems.push({
        id: `${kind}-unused`,
        path: `${kind}s.${name}`,
        message: `no service uses ${kind} "${name}", so docker does not create it`,
        fix: 'Remove it, or use it.',
      });
    }
  }
  return problems;
};
