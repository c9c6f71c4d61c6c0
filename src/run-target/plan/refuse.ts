import { SERVICE_KEYS } from '../../compose/keys/table.ts';
import { joinedNetworks, ownNetworks } from '../../compose/networks.ts';
import { usageError } from '../../errors.ts';
import { hostsOf } from './hosts.ts';
import type { Placed, RunInput } from './types.ts';

/**
 * Refuses what a swarm does and `docker run` cannot, or cannot safely.
 * @throws BundleError (exit 2) naming the service and the field
 */
export function refuseUnrunnable({ document, network }: RunInput, placed: readonly Placed[]): void {
  const several = hostsOf(placed).length > 1;
  for (const name of Object.values(joinedNetworks(document)))
    throw refused(
      `${name} is a network of another stack of a swarm, and hosts without a swarm have none`,
      'name the servers that are dialled there by their hosts',
    );
  for (const { name, service } of placed) {
    for (const [variable, value] of Object.entries(service.environment ?? {})) {
      if (typeof value !== 'string') {
        throw refused(
          `${name} takes ${variable} from the environment: on a host it would lie in a file of variables, and ` +
            `\`docker inspect\` would show it to anyone who may use docker`,
          'let bundle.yaml deliver that secret as a file',
        );
      }
      if (/[\r\n\0]/.test(value))
        throw refused(
          `${name}: the value of ${variable} has several lines, which a file of variables (--env-file) cannot hold`,
          'give it in one line',
        );
      refuseTemplate(name, variable, value);
    }
    refuseTemplate(name, 'its host name', service.hostname ?? '');
    for (const { source, target } of service.volumes ?? []) refuseTemplate(name, 'a mount', `${source} ${target}`);
    for (const { target, uid, gid } of service.secrets ?? []) {
      if (uid !== undefined || gid !== undefined)
        throw refused(
          `${name} wants ${target} to belong to ${uid ?? ''}:${gid ?? ''}: a mounted file keeps its owner on the ` +
            'host, and no answer changes that',
          'this stack runs in a swarm alone: a swarm of one node will do (`docker swarm init`, `bundle deploy`)',
        );
    }
    for (const { run } of SERVICE_KEYS) {
      const refusal = run.is === 'options' || run.is === 'refused' ? run.refused?.(service, network) : undefined;
      if (refusal) throw refused(`${name} ${refusal.why}`, refusal.hint);
    }
    const everywhere = service.ports?.find(({ mode }) => mode === 'ingress');
    if (everywhere)
      throw refused(
        `${name} publishes ${everywhere.published} by ingress, on every node: only a swarm routes it`,
        'publish it on its own node (mode host)',
      );
    if (network === 'bridge' && Object.keys(service.networks).length !== 1) {
      throw refused(
        `${name} is attached to ${Object.keys(service.networks).length} networks; \`docker run\` takes one`,
        'use --network host',
      );
    }
    if (network === 'host') {
      const moved = service.ports?.find(({ target, published }) => target !== published);
      if (moved)
        throw refused(
          `${name} publishes ${moved.published} for its port ${moved.target}: with host networking that port is ` +
            `${moved.target} itself`,
          `publish it as ${moved.target}, or use --network bridge`,
        );
    }
  }
  for (const [name, { driver, driverOpts }] of Object.entries(document.volumes))
    if (driver !== undefined || driverOpts !== undefined)
      throw refused(
        `volume ${name} has a driver or options of its own, which \`docker run\` does not give to a volume that it makes`,
        'deploy it to a swarm, or mount a directory of the host in its place',
      );
  for (const [name, { driverOpts }] of Object.entries(ownNetworks(document))) {
    if (several && driverOpts?.['encrypted'] !== undefined)
      throw refused(
        `network ${name} is to be encrypted between hosts: without a swarm nothing does that`,
        'turn its encryption off in bundle.yaml and see to it in the network itself, or put all services on one host',
      );
  }
}

/** Swarm expands these for each task; nothing else does. */
function refuseTemplate(service: string, where: string, text: string): void {
  if (text.includes('{{'))
    throw refused(
      `${service}: ${where} has a template of the swarm ({{…}}), which \`docker run\` does not expand`,
      'give the value itself',
    );
}

const refused = (message: string, hint: string) => usageError('run-target', message, [hint]);
