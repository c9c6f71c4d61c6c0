import { LABEL } from '../../bundle/names.ts';
import { STACK_NAMESPACE, type StackObject, type SwarmService } from '../../engine/port.ts';
import { BundleError, EXIT } from '../../errors.ts';
import { attachmentsOf } from '../attachments.ts';

interface Guest {
  network: string;
  service: string;
  /** Whose it is; absent if no label of a stack tells. */
  stack?: string;
}

/**
 * Services that are not the stack's and are on its networks: the swarm removes no network as long as one is.
 * @param services of the whole swarm
 */
function guestsOf(stack: string, networks: readonly StackObject[], services: readonly SwarmService[]): Guest[] {
  const others = services.filter(({ labels }) => labels[STACK_NAMESPACE] !== stack && labels[LABEL.stack] !== stack);
  return networks.flatMap(({ id, name }) =>
    others
      .filter(({ spec }) => attachmentsOf(spec).some(({ Target }) => Target === id || Target === name))
      .map(({ name: service, labels }) => {
        const of = labels[STACK_NAMESPACE] ?? labels[LABEL.stack];
        return { network: name, service, ...(of !== undefined && { stack: of }) };
      }),
  );
}

/**
 * Looks before anything is removed: the networks would stay, and the stack be half gone.
 * @param networks those of the stack
 * @param services of the whole swarm
 * @throws BundleError `network-in-use` (exit 3) that names networks and services, with what parts them
 */
export function refuseGuests(stack: string, networks: readonly StackObject[], services: readonly SwarmService[]): void {
  const guests = guestsOf(stack, networks, services);
  if (guests.length === 0) return;
  throw new BundleError(
    'network-in-use',
    [
      `services that are not of stack ${stack} use its networks, which swarm then does not remove:`,
      ...guests.map(({ network, service }) => `  network ${network} is used by service ${service}`),
    ].join('\n'),
    {
      exit: EXIT.preflight,
      hints: [...new Set(guests.map(partingHint)), 'then the same command again; nothing was removed'],
      details: { guests },
    },
  );
}

/** What takes a service off: one of a stack would come back onto the network with its next deployment. */
function partingHint({ network, service, stack }: Guest): string {
  return stack === undefined
    ? `\`docker service update --network-rm ${network} ${service}\``
    : `\`bundle destroy\` of stack ${stack} first, or a deployment of it without ${network}`;
}
