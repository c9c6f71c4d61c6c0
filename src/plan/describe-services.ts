import { parseReference } from '../image/reference.ts';
import { aligned, counted } from './blocks.ts';
import { DIGEST_FIELD, MODE_FIELD, NODE_FIELD, type FieldChange } from './diff.ts';
import type { Plan, Restart, ServiceChange } from './changes.ts';
import { chainText, describeRollout, gateText, isOneChain, isPlain } from './rollout.ts';

/** How a plan is shown. */
export interface PlanView {
  /** By service, where its tasks will run, in words. */
  where?: ReadonlyMap<string, string>;
  /** Each service by itself, and images in full. */
  wide?: boolean | undefined;
  /** Of what was not compared: the file in secrets/ has another value than the locked one. */
  otherOnDisk?: ReadonlySet<string> | undefined;
}

/** The part of `describePlan` that is about services: made, changed, removed, and in which order they restart. */
export function describeServices(plan: Plan, view: PlanView): string[] {
  const { services, restarts } = plan;
  const created = services.filter(({ action }) => action === 'create');
  const groups = equalUpdates(services, view.wide === true);
  const inline = groups.find((group) => isWholeRollout(group, restarts));
  return [
    ...(created.length === 0
      ? []
      : [
          `+ ${counted(created.length, 'service')}`,
          ...aligned(created.map(({ name, image }) => [name, view.where?.get(name) ?? '', image])),
        ]),
    ...groups.flatMap((group) => updateLines(group, plan, view, group === inline)),
    ...services
      .filter(({ action, notCompared }) => action === 'unchanged' && notCompared.length > 0)
      .flatMap(({ name, notCompared }) => [`= ${name} unchanged`, ...blindLines(notCompared, view)]),
    ...services.filter(({ action }) => action === 'remove').map(({ name, image }) => `- ${name}  ${image}`),
    ...(inline !== undefined || isPlain(restarts) ? [] : orderLines(restarts, view)),
  ];
}

/** Updates with the same changes together, in the order of their first service. */
function equalUpdates(services: readonly ServiceChange[], apart: boolean): ServiceChange[][] {
  const groups = new Map<string, ServiceChange[]>();
  for (const service of services.filter(({ action }) => action === 'update')) {
    const key = apart ? service.name : JSON.stringify([service.changes, service.notCompared, service.job === true]);
    groups.set(key, [...(groups.get(key) ?? []), service]);
  }
  return [...groups.values()];
}

/** Several services whose order can stand with them: nothing else restarts, and they do one after the other. */
function isWholeRollout(group: readonly ServiceChange[], restarts: readonly Restart[]): boolean {
  const restarting = restarts.flatMap(({ services }) => services.map(({ name }) => name));
  return (
    group.length > 1 &&
    restarting.length === group.length &&
    isOneChain(restarts) &&
    group.every(({ name }) => restarting.includes(name))
  );
}

function updateLines(group: readonly ServiceChange[], plan: Plan, view: PlanView, inline: boolean): string[] {
  const [first] = group;
  if (first === undefined) return [];
  const texts = first.changes.map((change) => changeText(change, view.wide === true));
  const one = group.length === 1;
  const named = (name: string): string => withNode(name, view);
  const title = one ? named(first.name) : `${group.length} ${nounOf(group, plan.restarts)}`;
  const head = `~ ${title} ${effectText(first.changes, one, first.job === true)}`;
  const members = inline
    ? [`    ${chainText(plan.restarts, named)}`, `    ${gateText(plan.restarts)}`]
    : one
      ? []
      : [`    ${group.map(({ name }) => named(name)).join(', ')}`];
  return [
    ...(texts.length === 1 ? [`${head}  ${texts.join('')}`] : [head, ...texts.map((text) => `    ${text}`)]),
    ...blindLines(first.notCompared, view),
    ...members,
  ];
}

const blindLines = (fields: readonly string[], { otherOnDisk }: PlanView): string[] =>
  fields.map((field) => {
    const isOther = otherOnDisk?.has(field) === true;
    const why = isOther
      ? 'the file in secrets/ is not what bundle.lock.json means'
      : 'its value is not on this machine';
    return `    ${field} was not compared: ${why}`;
  });

function withNode(name: string, { where }: PlanView): string {
  const node = where?.get(name);
  return node === undefined ? name : `${name} (${node})`;
}

/** What they are called together: the end that the titles of their rolling groups share, such as `agents`. */
function nounOf(group: readonly ServiceChange[], restarts: readonly Restart[]): string {
  const titles = group.map(({ name }) => {
    const stage = restarts.find(({ services }) => services.some((service) => service.name === name));
    return (stage?.group === undefined ? '' : (stage.title ?? '')).split(' ').reverse();
  });
  const [first = []] = titles;
  const shared = first.findIndex((word, at) => word === '' || !titles.every((title) => title[at] === word));
  const words = first.slice(0, shared < 0 ? first.length : shared).reverse();
  return words.length === 0 ? 'services' : words.join(' ');
}

function effectText(changes: readonly FieldChange[], one: boolean, job: boolean): string {
  const s = one ? 's' : '';
  if (changes.some(({ field }) => field === NODE_FIELD)) return `move${s}`;
  const effects = changes.map(({ effect }) => effect);
  if (effects.includes('restart')) return job ? `run${s} again` : `restart${s}`;
  return effects.includes('move') ? 'may move' : `change${s} without a restart`;
}

function changeText({ field, kind, from, to, effect }: FieldChange, full: boolean): string {
  if (field === NODE_FIELD) return `${field}: ${from} → ${to} (it ends there before it starts here)`;
  if (field === DIGEST_FIELD) return 'image taken anew by its tag (its new start is not that of the one that runs)';
  if (field === 'image' && from !== undefined && to !== undefined)
    return `image ${full ? `${from} → ${to}` : tags(from, to)}`;
  const what = {
    added: `${field} added${to === undefined ? '' : `: ${to}`}`,
    removed: `${field} removed${from === undefined ? '' : `: ${from}`}`,
    changed: from === undefined || to === undefined ? `${field} changed` : `${field}: ${from} → ${to}`,
  }[kind];
  if (field === MODE_FIELD) return `${what} (swarm changes no mode: remove the service first)`;
  return effect === 'move' ? `${what} (only tasks on nodes that no longer fit are replaced)` : what;
}

/** `…/agent:1 → :2` if only the tag changes; else both in full. */
function tags(from: string, to: string): string {
  const before = parseReference(from).reference;
  const after = parseReference(to).reference;
  if (
    before?.tag === undefined ||
    after?.tag === undefined ||
    before.digest !== undefined ||
    after.digest !== undefined
  )
    return `${from} → ${to}`;
  if (before.domain !== after.domain || before.path !== after.path) return `${from} → ${to}`;
  const name = from.slice(from.lastIndexOf('/') + 1);
  return `${from.includes('/') ? '…/' : ''}${name} → :${after.tag}`;
}

function orderLines(restarts: readonly Restart[], view: PlanView): string[] {
  return ['Restarts, in this order', ...describeRollout(restarts, (name) => withNode(name, view))];
}
