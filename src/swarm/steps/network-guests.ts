import { LABEL } from '../../bundle/names.ts';
import { STACK_NAMESPACE, type StackObject, type SwarmService } from '../../engine/port.ts';
import { BundleError, EXIT } from '../../errors.ts';

interface Guest {
  network: string;
  service: string;
}

/**
 * Services that are not the stack's and are on its networks: the swarm removes no network as long as one is.
 * @param services of the whole swarm
 */
function guestsOf(stack: string, networks: readonly StackObject[], services: readonly SwarmService[]): Guest[] {
  const others = services.filter(({ labels }) => labels[STACK_NAMESPACE] !== stack && labels[LABEL.stack] !== stack);
  return networks.flatMap(({ id, name }) =>
    others
      .filter(({ spec }) => targetsOf(spec).some((target) => target === id || target === name))
      .map((service) => ({ network: name, service: service.name })),
  );
}

/**
 * Looks before anything is removed: the networks would stay, and the stack be half gone.
 * @param networks those of the stack
 * @param services of the whole swarm
 * @throws BundleError `network-in-use` (exit 3) that names networks and services, with the commands that part them
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
      hints: [
        ...guests.map(({ network, service }) => `\`docker service update --network-rm ${network} ${service}\``),
        'then the same command again; nothing was removed',
      ],
      details: { guests },
    },
  );
}

/** Networks of a service, by id or name; older clients wrote them beside the template. */
function targetsOf(spec: SwarmService['spec']): string[] {
  const { Networks: beside, TaskTemplate } = spec as {
    Networks?: Attachments;
    TaskTemplate?: { Networks?: Attachments };
  };
  return [...(TaskTemplate?.Networks ?? []), ...(beside ?? [])].map(({ Target }) => Target ?? '');
}

type Attachments = { Target?: string }[] | null;
