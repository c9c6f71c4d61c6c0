import { block, counted } from './blocks.ts';
import { describeServices, type PlanView } from './describe-services.ts';
import type { LabelChange } from './labels.ts';
import type { NetworkChange } from './networks.ts';
import { describeOutage } from './outage.ts';
import type { Plan, SecretVersionChange } from './changes.ts';
import { summary } from './summary.ts';
import { describeTold } from './told.ts';
import type { VolumeChange } from './volumes.ts';

/**
 * The plan in lines for people, without colour: first an outage, if there is one; then one block for each kind of
 * change, its first line with a sign at the beginning, the rest indented below. `+` is made, `~` changed, `-` removed;
 * `!` stays otherwise than one may think, `=` exists already, `?` was not found. Equal changes of several services are
 * one block. What stays as it is is only counted, in the last line.
 */
export function describePlan(plan: Plan, view: PlanView = {}): string[] {
  return [
    ...describeOutage(plan.outage),
    ...labelLines(plan.labels),
    ...plan.unresolvedNodes.map(
      ({ node, role, reason }) =>
        `? ${node}: ${reason === 'unknown' ? 'no such node' : 'several nodes have this name'} (role ${role})`,
    ),
    ...block('+', 'secret', namesOf(plan.secrets, 'create')),
    ...block('-', 'secret', namesOf(plan.secrets, 'remove'), 'that no kept release needs'),
    ...plan.secrets.flatMap(leftLines),
    ...describeTold(plan.told ?? []),
    ...plan.networks.flatMap((network) => (network.action === 'joined' && plan.empty ? [] : networkLines(network))),
    ...volumeLines(plan.volumes),
    ...describeServices(plan, view),
    summary(plan),
  ];
}

const namesOf = (items: readonly { name: string; action: string }[], action: string): string[] =>
  items.filter((item) => item.action === action).map(({ name }) => name);

function leftLines({ name, action, mountedBy = [] }: SecretVersionChange): string[] {
  const [mount, are] = mountedBy.length === 1 ? ['mounts', 'is'] : ['mount', 'are'];
  return action === 'left'
    ? [`! secret ${name} is left: ${mountedBy.join(', ')} ${mount} it, which ${are} not of this stack`]
    : [];
}

/**
 * Labels that are added for no other reason than that nobody has them, node by node; the others each with its reason.
 */
function labelLines(labels: readonly LabelChange[]): string[] {
  const plain = labels.filter(({ action, reason }) => action === 'add' && reason === '');
  return [
    ...(plain.length === 0 ? [] : [`+ ${counted(plain.length, 'node label')}`, ...byNode(plain, 'key')]),
    ...labels
      .filter((label) => !plain.includes(label))
      .map(
        ({ action, node, key, reason }) =>
          `${action === 'add' ? '+' : '-'} node label ${key} on ${node}${reason === '' ? '' : `: ${reason}`}`,
      ),
  ];
}

function networkLines({ name, action, fields, stack }: NetworkChange): string[] {
  switch (action) {
    case 'create':
      return [`+ 1 network  ${name}`];
    case 'differs':
      return [
        `! network ${name} differs, and stays so: docker changes no network that exists`,
        ...fields.map((field) => `    ${field} is not as stack.yml says`),
      ];
    case 'left':
      return [`! network ${name} is left: no service of stack.yml uses it (docker network rm ${name})`];
    case 'joined':
      return [
        stack === undefined ? `? network ${name} is of no stack in this swarm` : `= network ${name} of stack ${stack}`,
      ];
    case 'unchanged':
      return [];
  }
}

function volumeLines(volumes: readonly VolumeChange[]): string[] {
  const of = (sign: string, action: VolumeChange['action'], what = ''): string[] => {
    const some = volumes.filter((volume) => volume.action === action);
    return some.length === 0 ? [] : [`${sign} ${counted(some.length, 'volume')}${what}`, ...byNode(some, 'name')];
  };
  return [
    ...of('+', 'create'),
    ...unseen(volumes),
    ...of('=', 'reuse', ' from before: the data in it is used'),
    ...of('!', 'differs', ' with another driver or other options: docker changes none that exists'),
    ...of('!', 'left', ' no longer used, and not deleted'),
  ];
}

/** A line a node, with what is on it. */
function byNode<Key extends string>(items: readonly ({ node?: string } & Record<Key, string>)[], key: Key): string[] {
  const nodes = [...new Set(items.map(({ node }) => node))].sort();
  return nodes.map((node) => {
    const names = items.filter((item) => item.node === node).map((item) => item[key]);
    return `    ${node === undefined ? '' : `${node}  `}${names.join(', ')}`;
  });
}

/** Said once: a cluster may have many volumes on nodes that we do not talk to. */
function unseen(volumes: readonly VolumeChange[]): string[] {
  const nodes = [
    ...new Set(
      volumes.flatMap(({ node, action, seen }) => (action === 'create' && !seen && node !== undefined ? [node] : [])),
    ),
  ];
  return nodes.length === 0
    ? []
    : [
        `    those on ${nodes.join(', ')} may exist already, with data: only ` +
          `${nodes.length === 1 ? 'that node' : 'those nodes'} can tell`,
      ];
}
