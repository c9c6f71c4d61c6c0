import { ownServices, shortName } from '../plan/own-services.ts';
import type { NamedBy, ServedBy, StillUsed } from '../sdk/definition.ts';
import type { Check, Finding } from './check.ts';
import { leftMounts, type LeftContext } from './left-mounts.ts';
import { ownService } from './own-service.ts';
import { variablesOf } from './variables.ts';

/** The name by which `--ignore` says that what is left was copied, or is not needed. */
export const LEFT_CHECK = 'left-data';

/**
 * Whether services that exist keep what they work with: their volumes and directories, and what the definition says
 * that the running software goes on using. A deployment copies nothing, and the software starts empty without a word.
 */
export const leftData: Check = {
  name: LEFT_CHECK,
  title: 'what runs keeps its data',
  offline: false,
  run(context) {
    const findings = findLeftData(context);
    return findings.length > 0 ? findings : [{ level: 'ok', text: 'no service that runs leaves its data behind' }];
  },
};

/** @returns an error for each volume, directory, group of services and outside place that is left; pure */
export function findLeftData(context: LeftContext): Finding[] {
  const used = context.plan.stillUsed ?? [];
  const mounted = used.flatMap(({ at, ...rest }) => ('mount' in at ? [{ ...rest, at }] : []));
  return [
    ...leftMounts(context, mounted).map(({ text, hint }) => error(context, text, hint)),
    ...used.flatMap((each) => {
      const { at } = each;
      if ('mount' in at) return [];
      return 'isOne' in at ? takenAway(context, at, each) : namesAnother(context, at, each);
    }),
  ];
}

/** Of a release that is brought back nothing can be put back: it is as it was. */
const error = ({ backTo }: LeftContext, text: string, hint: string): Finding => ({
  level: 'error',
  text,
  hint:
    `${backTo === undefined ? 'put it back; or ' : ''}${hint}, then go on with --ignore ${LEFT_CHECK}; at once, if ` +
    'nothing of it is needed any more',
});

/** A group that shrinks is judged by its own rules; one that goes as a whole is in no group of the plan. */
function takenAway(context: LeftContext, { isOne, what }: ServedBy, { why, hint }: StillUsed): Finding[] {
  const { stack, document, live } = context;
  if (Object.keys(document.services).some(isOne)) return [];
  const going = ownServices(stack, live?.services ?? [])
    .map(({ name }) => shortName(stack, name))
    .filter(isOne)
    .sort();
  return going.length === 0 ? [] : [error(context, `${what} (${going.join(', ')}) would be taken away: ${why}`, hint)];
}

function namesAnother(
  context: LeftContext,
  { service, variables, what }: NamedBy,
  { why, hint }: StillUsed,
): Finding[] {
  const { stack, document, live } = context;
  const running = ownService(stack, live?.services ?? [], service);
  if (running === undefined) return [];
  const before = variablesOf(running);
  const environment = document.services[service]?.environment ?? {};
  const from = variables.flatMap((name) => before.get(name) ?? []);
  const to = variables.flatMap((name) => {
    const value = environment[name];
    return typeof value === 'string' ? [value] : [];
  });
  // One that sets fewer of them was made otherwise, and cannot be compared.
  if (from.length !== to.length || from.every((value, index) => value === to[index])) return [];
  return [error(context, `${what} would be another, from ${from.join(', ')} to ${to.join(', ')}: ${why}`, hint)];
}
