import { leastTasks } from '../compose/modes.ts';
import { joinedNetworks, networkName, ownNetworks } from '../compose/networks.ts';
import { STACK_NAMESPACE, type SwarmNetwork } from '../engine/port.ts';
import { networkCalled } from '../plan/networks.ts';
import { ownServices } from '../plan/own-services.ts';
import type { JoinedStack } from '../sdk/definition.ts';
import type { Check, CheckContext, Finding, LiveSwarm } from './check.ts';
import { bearersOn, foreignServices, ownBearers } from './network-names.ts';
import { ownerText } from './taken-names.ts';

/**
 * Whether what the stack uses in other stacks is there, on their networks, and whether a name there, or on its own
 * networks, is one of two services: by specifications alone, no task is asked.
 */
export const joinedStacks: Check = {
  name: 'joined',
  title: 'networks shared with other stacks',
  offline: false,
  async run({ stack, plan: { joins = [] }, document, live }) {
    if (live === undefined) return [];
    const seen: Seen = { stack, document, live, networks: await live.engine.networks() };
    const findings = [
      ...joins.flatMap((join) => [...judgeServers(seen, join), ...shadowed(seen, join)]),
      ...collisions(seen),
      ...inClear(seen),
    ];
    if (findings.length > 0) return findings;
    return [
      {
        level: 'ok',
        text:
          joins.length === 0
            ? 'no network of another stack is used, and nobody else has a name of a service on those of this one'
            : joins.map(({ what, stack: other }) => `${what} of stack ${other} is there`).join(', '),
      },
    ];
  },
};

interface Seen extends Pick<CheckContext, 'stack' | 'document'> {
  live: LiveSwarm;
  networks: readonly SwarmNetwork[];
}

/** The other stack's network, and on it the servers by the names that are dialled. */
function judgeServers({ stack, document, live, networks }: Seen, join: JoinedStack): Finding[] {
  const { what, stack: other, clients, servers, answer } = join;
  const error = (text: string, hint: string): Finding[] => [{ level: 'error', text, hint }];
  const name = networkName(stack, document, join.network);
  if (other === stack) return error(`${answer} names ${stack}, which is this stack itself`, 'name another stack');
  const network = networkCalled(name, networks);
  if (network === undefined)
    return error(
      `the swarm has no network ${name}, in which ${what} of stack ${other} is dialled (${answer})`,
      `deploy stack ${other} first, or correct ${answer}`,
    );
  if (network.labels[STACK_NAMESPACE] !== other)
    return error(`network ${name} is not of stack ${other}: ${ownerText(network.labels)}`, `correct ${answer}`);
  if (network.driver !== 'overlay')
    return error(
      `network ${name} has the driver ${network.driver}: swarm’s services join an overlay network alone`,
      `deploy stack ${other} anew with one, or correct ${answer}`,
    );
  const there = bearersOn(network, ownServices(other, live.services));
  const hosts = [...new Set(servers.map(({ host }) => host))];
  const bearing = (host: string) => there.filter(({ names }) => names.includes(host.toLowerCase()));
  const missing = hosts.filter((host) => bearing(host).length === 0);
  if (missing.length > 0)
    return missing.flatMap((host) =>
      error(
        `no service of stack ${other} has the name ${host} on network ${name}, by which ${clients} would dial ${what}`,
        `\`docker stack services ${other}\` shows what there is; deploy stack ${other}, or correct bundle.yaml`,
      ),
    );
  const ids = new Set(hosts.flatMap(bearing).map(({ id }) => id));
  if (live.tasks.some(({ serviceId, state }) => state === 'running' && ids.has(serviceId))) return [];
  const text = `none of ${hosts.join(', ')} in stack ${other} runs: ${clients} would wait for ${what}`;
  return [{ level: 'warning', text, hint: `\`docker stack ps ${other}\` says why` }];
}

/** Names of servers that mean another service too, on another network of who dials them. */
function shadowed({ stack, document, live, networks }: Seen, { network: key, servers }: JoinedStack): Finding[] {
  const hosts = [...new Set(servers.map(({ host }) => host.toLowerCase()))];
  const clients = Object.entries(document.services).filter(([, { networks: on }]) => on[key] !== undefined);
  const others = new Set(clients.flatMap(([, { networks: on }]) => Object.keys(on).filter((each) => each !== key)));
  return [...others].flatMap((other) => {
    const name = networkName(stack, document, other);
    const network = networkCalled(name, networks);
    const there = network === undefined ? [] : bearersOn(network, foreignServices(stack, live.services));
    return [...ownBearers(stack, document, other), ...there].flatMap(({ service, names }) =>
      hosts
        .filter((host) => names.includes(host))
        .map((host): Finding => ({
          level: 'error',
          text:
            `${host}, which is dialled on network ${networkName(stack, document, key)}, is also a name of ${service} ` +
            `on network ${name}: who is on both gets either`,
          hint: 'give one of the two another name, or have who dials it leave one of the networks',
        })),
    );
  });
}

/** Names that services of two stacks have on one network. */
function collisions({ stack, document, live, networks }: Seen): Finding[] {
  const foreign = foreignServices(stack, live.services);
  const joined = joinedNetworks(document);
  return Object.keys(document.networks).flatMap((key) => {
    const name = networkName(stack, document, key);
    const network = networkCalled(name, networks);
    // Somebody else's network by a name of the stack's own: `names` tells of it.
    const known = network !== undefined && (key in joined || network.labels[STACK_NAMESPACE] === stack);
    const others = known ? bearersOn(network, foreign) : [];
    const own = new Set(ownBearers(stack, document, key).flatMap(({ names }) => names));
    return others.flatMap(({ service, names }) =>
      names
        .filter((each) => own.has(each))
        .map((each): Finding => ({
          level: 'error',
          text: `${each} is also a name of ${service} on network ${name}: whoever dials it there gets either`,
          hint: 'give one of the two services another name, or have one of them leave that network',
        })),
    );
  });
}

/**
 * Services that would reach each other past the encryption of their own network: of several networks that two tasks
 * share, docker finds a name on the first one by name (measured on 20.10).
 */
function inClear({ stack, document, networks }: Seen): Finding[] {
  const encrypted = Object.entries(ownNetworks(document)).filter(
    ([, { driverOpts }]) => driverOpts?.['encrypted'] !== undefined,
  );
  return Object.entries(joinedNetworks(document)).flatMap(([key, name]) => {
    const network = networkCalled(name, networks);
    if (network === undefined || 'encrypted' in network.options) return [];
    return encrypted.flatMap(([own]): Finding[] => {
      const first = `${stack}_${own}`;
      const both = Object.entries(document.services).filter(([, { networks: on }]) => key in on && own in on);
      const tasks = both.reduce((sum, [, service]) => sum + leastTasks(service), 0);
      if (name > first || tasks < 2) return [];
      return [
        {
          level: 'error',
          text:
            `tasks of ${both.map(([service]) => service).join(', ')} would reach each other by network ${name}, which ` +
            `comes before ${first} by its name and is not encrypted`,
          hint: 'have the other stack encrypt its network, or give a stack a name by which the encrypted one comes first',
        },
      ];
    });
  });
}
