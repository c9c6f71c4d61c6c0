import { LABEL } from '../../bundle/names.ts';
import type { ServiceSpec } from '../../compose/spec.ts';
import { STACK_NAMESPACE, type StackObject, type SwarmService } from '../../engine/port.ts';
import { BundleError, EXIT } from '../../errors.ts';
import { attachmentsOf } from '../attachments.ts';

/** A service that is not the stack's, and one object of the stack that it uses. */
interface Guest {
  kind: 'network' | 'secret' | 'config';
  /** The object's. */
  name: string;
  service: string;
  /** Whose it is; absent if no label of a stack tells. */
  stack?: string;
}

/** What services can use of a stack. */
type Used = Record<'networks' | 'secrets' | 'configs', readonly Pick<StackObject, 'id' | 'name'>[]>;

/**
 * Services that are not the stack's and use something of it: the swarm removes no network, secret or config as long as
 * one does.
 * @param services of the whole swarm
 */
function guestsOf(stack: string, { networks, secrets, configs }: Used, services: readonly SwarmService[]): Guest[] {
  const others = services.filter(({ labels }) => labels[STACK_NAMESPACE] !== stack && labels[LABEL.stack] !== stack);
  const users = (
    kind: Guest['kind'],
    objects: Used[keyof Used],
    uses: (service: SwarmService, object: Pick<StackObject, 'id' | 'name'>) => boolean,
  ): Guest[] =>
    objects.flatMap((object) =>
      others
        .filter((service) => uses(service, object))
        .map(({ name: service, labels }) => {
          const of = labels[STACK_NAMESPACE] ?? labels[LABEL.stack];
          return { kind, name: object.name, service, ...(of !== undefined && { stack: of }) };
        }),
    );
  const mounted = ({ spec }: SwarmService) => (spec as ServiceSpec).TaskTemplate?.ContainerSpec;
  return [
    ...users('network', networks, ({ spec }, { id, name }) =>
      attachmentsOf(spec).some(({ Target }) => Target === id || Target === name),
    ),
    ...users('secret', secrets, (service, { id }) =>
      (mounted(service)?.Secrets ?? []).some(({ SecretID }) => SecretID === id),
    ),
    ...users('config', configs, (service, { id }) =>
      (mounted(service)?.Configs ?? []).some(({ ConfigID }) => ConfigID === id),
    ),
  ];
}

/**
 * Looks before anything is removed: what is used would stay, and the stack be half gone.
 * @param used what there is of the stack
 * @param services of the whole swarm
 * @throws BundleError (exit 3) that names objects and services, with what parts them: `network-in-use` if a network is
 *   among them, else `secret-in-use`
 */
export function refuseGuests(stack: string, used: Used, services: readonly SwarmService[]): void {
  const guests = guestsOf(stack, used, services);
  if (guests.length === 0) return;
  const ofNetworks = guests.some(({ kind }) => kind === 'network');
  throw new BundleError(
    ofNetworks ? 'network-in-use' : 'secret-in-use',
    [
      `services that are not of stack ${stack} use what it has, which swarm then does not remove:`,
      ...guests.map(({ kind, name, service }) => `  ${kind} ${name} is used by service ${service}`),
    ].join('\n'),
    {
      exit: EXIT.preflight,
      hints: [...new Set(guests.map(partingHint)), 'then the same command again; nothing was removed'],
      details: { guests },
    },
  );
}

/** What takes a service off: one of a stack would use it again with its next deployment. */
function partingHint({ kind, name, service, stack }: Guest): string {
  return stack === undefined
    ? `\`docker service update --${kind}-rm ${name} ${service}\``
    : `\`bundle destroy\` of stack ${stack} first, or a deployment of it without ${name}`;
}
