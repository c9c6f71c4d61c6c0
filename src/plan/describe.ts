import { MODE_FIELD, NODE_FIELD, type FieldChange } from './diff.ts';
import type { NetworkChange } from './networks.ts';
import type { Plan, ServiceChange } from './plan.ts';
import { describeOutage } from './outage.ts';
import { describeRollout } from './rollout.ts';
import { summary } from './summary.ts';
import type { VolumeChange } from './volumes.ts';

const SIGN = { create: '+', add: '+', update: '~', remove: '-' } as const;

/**
 * The plan in lines for people, without colour: first an outage, if there is one; a heading per group, then one line a
 * change that starts with a sign after two spaces; a service's properties are indented below it. `+` is made, `~`
 * changed, `-` removed; `!` stays otherwise than one may think, `=` is there already, `?` was not found. What stays as
 * it is is only counted, in the last line.
 */
export function describePlan(plan: Plan): string[] {
  return [
    ...describeOutage(plan.outage),
    ...group('Node labels', [
      ...plan.labels.map(
        ({ action, node, key, reason }) => `  ${SIGN[action]} ${node}: ${key}${reason === '' ? '' : `  ${reason}`}`,
      ),
      ...plan.unresolvedNodes.map(
        ({ node, role, reason }) =>
          `  ? ${node}: ${reason === 'unknown' ? 'no such node' : 'several nodes have this name'} (role ${role})`,
      ),
    ]),
    ...group(
      'Secrets',
      plan.secrets.flatMap(({ name, action }) =>
        action === 'unchanged' ? [] : [action === 'create' ? `  + ${name}` : `  - ${name}  no kept release needs it`],
      ),
    ),
    ...group('Networks', plan.networks.flatMap(networkLines)),
    ...group('Volumes', [...plan.volumes.flatMap(volumeLines), ...unseen(plan.volumes)]),
    ...group('Services', plan.services.flatMap(serviceLines)),
    ...group('Restarts, in this order', describeRollout(plan.restarts)),
    summary(plan),
  ];
}

function group(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines];
}

function networkLines({ name, action, fields }: NetworkChange): string[] {
  switch (action) {
    case 'create':
      return [`  + ${name}`];
    case 'differs':
      return [
        `  ! ${name}  differs, and stays so: docker changes no network that exists`,
        ...fields.map((field) => `      ${field} is not as in the document`),
      ];
    case 'left':
      return [`  ! ${name}  is left: no service of the document uses it (docker network rm ${name})`];
    case 'unchanged':
      return [];
  }
}

function volumeLines({ name, node, action }: VolumeChange): string[] {
  const on = node === undefined ? '' : ` on ${node}`;
  switch (action) {
    case 'create':
      return [`  + ${name}${on}`];
    case 'reuse':
      return [`  = ${name}${on} is there from before: its content is used`];
    case 'left':
      return [`  ! ${name}${on} stays behind, not deleted`];
    case 'unchanged':
      return [];
  }
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
        `    those on ${nodes.join(', ')} may be there already, with content: only ` +
          `${nodes.length === 1 ? 'that node' : 'those nodes'} can tell`,
      ];
}

function serviceLines({ name, action, image, changes, notCompared, job }: ServiceChange): string[] {
  const blind = notCompared.map((field) => `      ${field} was not compared: its value was not supplied`);
  if (action === 'unchanged') return blind.length === 0 ? [] : [`  = ${name}`, ...blind];
  const effects = changes.map((change) => change.effect);
  const moves = changes.some(({ field }) => field === NODE_FIELD);
  const effect = moves
    ? 'moves'
    : effects.includes('restart')
      ? job === true
        ? 'the job runs again'
        : 'tasks restart'
      : effects.includes('move')
        ? 'tasks may move'
        : 'in place';
  const detail = { create: image, remove: image, update: effect }[action];
  return [`  ${SIGN[action]} ${name}  ${detail}`, ...changes.map((change) => `      ${changeText(change)}`), ...blind];
}

function changeText({ field, kind, from, to, effect }: FieldChange): string {
  if (field === NODE_FIELD) return `${field}: ${from} → ${to} (it is stopped there first)`;
  const what = {
    added: `${field} added${to === undefined ? '' : `: ${to}`}`,
    removed: `${field} removed${from === undefined ? '' : `: ${from}`}`,
    changed: from === undefined || to === undefined ? `${field} changed` : `${field}: ${from} → ${to}`,
  }[kind];
  if (field === MODE_FIELD) return `${what} (swarm changes no mode: remove the service first)`;
  return effect === 'move' ? `${what} (only tasks on nodes that no longer fit are replaced)` : what;
}
