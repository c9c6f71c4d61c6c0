import type { StackDocument } from '../compose/types.ts';
import type { ListenPorts, ServerAddress, StackPlan } from '../sdk/definition.ts';

/**
 * The cluster as a Mermaid diagram: hosts, the services on them with the ports that they listen on, and who dials whom.
 * Pure.
 */
export function topology(plan: StackPlan, document: StackDocument): string {
  const names = Object.keys(document.services);
  const id = (service: string): string => `s${names.indexOf(service)}`;
  const hosts = new Map<string, string[]>();
  for (const { nodes, services } of plan.placements)
    for (const service of services.filter((each) => names.includes(each)))
      hosts.set(nodes.join(', '), [...(hosts.get(nodes.join(', ')) ?? []), service]);
  const placed = new Set([...hosts.values()].flat());
  const box = (service: string): string =>
    `    ${id(service)}["${[service, ...portsOf(plan, service)].join('<br/>')}"]`;
  const lines = [...hosts].flatMap(([host, services], index) => [
    `  subgraph h${index}["${host}"]`,
    ...services.map(box),
    '  end',
  ]);
  lines.push(...names.filter((service) => !placed.has(service)).map((service) => box(service).slice(2)));
  return [
    'flowchart LR',
    ...lines,
    ...fromUsers(document, id),
    ...inside(plan, names, id),
    ...outside(plan),
    ...beside(plan),
  ].join('\n');
}

function portsOf(plan: StackPlan, service: string): string[] {
  const ports = (plan.listens[service] ?? []).map(({ from, to }: ListenPorts) => (to ? `${from}–${to}` : String(from)));
  return ports.length === 0 ? [] : [ports.join(' ')];
}

/** The ports that hosts publish. */
function fromUsers(document: StackDocument, id: (service: string) => string): string[] {
  const edges = Object.entries(document.services).flatMap(([service, { ports = [] }]) =>
    ports.length === 0 ? [] : [`  users -->|${ports.map(({ published }) => published).join(', ')}| ${id(service)}`],
  );
  return edges.length === 0 ? [] : ['  users([users])', ...edges];
}

/** One line for each service that others dial, and one for each quorum. */
function inside(plan: StackPlan, names: readonly string[], id: (service: string) => string): string[] {
  const dialled = names.flatMap((service) => {
    const from = plan.expectations.filter(({ needs = [] }) => needs.includes(service)).map((each) => id(each.service));
    return from.length === 0 ? [] : [`  ${from.join(' & ')} --> ${id(service)}`];
  });
  const quorums = plan.ensembles.flatMap(({ services }) =>
    services.slice(1).map(
      (service, index) =>
        `  ${services
          .slice(0, index + 1)
          .map(id)
          .join(' & ')} <--> ${id(service)}`,
    ),
  );
  return [...dialled, ...quorums];
}

/** Servers outside the swarm, with who connects to them in words. */
function outside({ externals }: StackPlan): string[] {
  return externals.map(({ what, clients, servers }, index) => {
    return `  e${index}["${what}<br/>${addressesOf(servers)}<br/>dialled by ${clients}"]`;
  });
}

/** The same of servers in other stacks. */
function beside({ joins = [] }: StackPlan): string[] {
  return joins.map(
    ({ what, stack, clients, servers }, index) =>
      `  j${index}["${what} of stack ${stack}<br/>${addressesOf(servers)}<br/>dialled by ${clients}"]`,
  );
}

const addressesOf = (servers: readonly ServerAddress[]): string =>
  servers.map(({ host, port }) => `${host}:${port}`).join('<br/>');
