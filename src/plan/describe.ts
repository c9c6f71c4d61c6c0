import type { FieldChange } from './diff.ts';
import type { Plan, ServiceChange } from './plan.ts';

const SIGN = { create: '+', add: '+', update: '~', remove: '-' } as const;

/**
 * The plan in lines for people, without colour: a heading per group, then one line a change that starts with `+`, `~` or `-` after two spaces;
 * a service's properties are indented below it. What stays as it is is only counted.
 */
export function describePlan(plan: Plan): string[] {
  const lines = [
    ...group('Node labels', [
      ...plan.labels.map(({ action, node, key }) => `  ${SIGN[action]} ${node}: ${key}`),
      ...plan.unresolvedNodes.map(({ node, role, reason }) => `  ? ${node}: ${reason === 'unknown' ? 'no such node' : 'several nodes have this name'} (role ${role})`),
    ]),
    ...group('Secrets', created(plan.secrets)),
    ...group('Networks', created(plan.networks)),
    ...group('Services', plan.services.flatMap(serviceLines)),
  ];
  const same = plan.services.filter((service) => service.action === 'unchanged').length;
  const rest = same === 0 ? [] : [`${same} ${same === 1 ? 'service is' : 'services are'} as in the document.`];
  return [...lines, ...rest, ...(plan.empty ? ['Nothing is to be done.'] : [])];
}

function group(title: string, lines: string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines];
}

function created(items: { name: string; action: 'create' | 'unchanged' }[]): string[] {
  return items.filter((item) => item.action === 'create').map((item) => `  + ${item.name}`);
}

function serviceLines({ name, action, image, changes, notCompared }: ServiceChange): string[] {
  const blind = notCompared.map((field) => `      ${field} was not compared: its value was not supplied`);
  if (action === 'unchanged') return blind.length === 0 ? [] : [`  = ${name}`, ...blind];
  const effects = changes.map((change) => change.effect);
  const effect = effects.includes('restart') ? 'tasks restart' : effects.includes('move') ? 'tasks may move' : 'in place';
  const detail = { create: image, remove: image, update: effect }[action];
  return [`  ${SIGN[action]} ${name}  ${detail}`, ...changes.map((change) => `      ${changeText(change)}`), ...blind];
}

function changeText({ field, kind, from, to, effect }: FieldChange): string {
  const what = {
    added: `${field} added${to === undefined ? '' : `: ${to}`}`,
    removed: `${field} removed${from === undefined ? '' : `: ${from}`}`,
    changed: from === undefined || to === undefined ? `${field} changed` : `${field}: ${from} → ${to}`,
  }[kind];
  return effect === 'move' ? `${what} (only tasks on nodes that no longer fit are replaced)` : what;
}
