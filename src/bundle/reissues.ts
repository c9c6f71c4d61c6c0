import { leafReason, type LeafReason } from './leaf-changes.ts';
import type { StackDocument } from '../compose/types.ts';
import type { StackPlan } from '../sdk/definition.ts';
import type { Lock } from './lock.ts';

/** A certificate of the bundle that must be issued again, or is due. */
export interface Reissue {
  secret: string;
  reason: LeafReason;
  /** Those that mount it: they restart for the new version. */
  services: string[];
  /** What must be changed outside the bundle for the new version, if anything. */
  elsewhere: string | undefined;
  /** Whether this machine has the material of its CA. */
  here: boolean;
}

/** A certificate that is issued again, as `deploy --json` tells it. */
export interface Reissued {
  secret: string;
  version: number;
  why: string;
}

/** What of a bundle its certificates follow from: `files` are those of `secrets/` that are here. */
interface Certified {
  directory: { plan: StackPlan; lock: Lock; secrets: { files: Readonly<Record<string, unknown>> } };
  document: StackDocument;
}

/** When the locked versions end that do, ISO 8601, whether or not this machine has their material. */
export const endingsOf = ({ secrets }: Pick<Lock, 'secrets'>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(secrets).flatMap(([secret, { facts }]) =>
      facts.notAfter === undefined ? [] : [[secret, facts.notAfter]],
    ),
  );

/** When those begin, ISO 8601. */
export const beginningsOf = ({ secrets }: Pick<Lock, 'secrets'>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(secrets).flatMap(([secret, { facts }]) =>
      facts.notBefore === undefined ? [] : [[secret, facts.notBefore]],
    ),
  );

/** What of the bundle's certificates must be issued again, or is due, in the order of the definition. Pure. */
export function reissuesOf({ directory: { plan, lock, secrets }, document }: Certified, now: Date): Reissue[] {
  return plan.secrets.flatMap((need) => {
    const reason = leafReason(need, { lock, newAuthorities: new Set(), now });
    if (!reason || !need.issued) return [];
    const files = new Set(Object.values(need.files));
    const services = Object.entries(document.services)
      .filter(([, { secrets: mounted = [] }]) => mounted.some(({ source }) => files.has(source)))
      .map(([name]) => name);
    const here = secrets.files[need.issued.by] !== undefined;
    return [{ secret: need.secret, reason, services, elsewhere: need.elsewhere, here }];
  });
}

/** What follows if it is issued again, after a sentence: what restarts, and what must be changed elsewhere. */
export const consequenceText = ({ services, elsewhere }: Pick<Reissue, 'services' | 'elsewhere'>): string =>
  (services.length === 0 ? '' : `; that restarts ${services.join(', ')}`) +
  (elsewhere === undefined ? '' : `; ${elsewhere}`);

/** What `plan` says of them, in lines for people. */
export function describeReissues(reissues: readonly Reissue[]): string[] {
  if (reissues.length === 0) return [];
  return ['Certificates', ...reissues.map((each) => `  ${line(each)}`)];
}

function line(each: Reissue): string {
  const { secret, here, reason } = each;
  const due = reason.urgency === 'due';
  const what = due ? `! ${secret} is due: ${reason.text}` : `~ ${secret} must be issued again, since ${reason.text}`;
  const command = due ? '`bundle deploy --renew` issues it again' : 'deploy does it';
  return `${what}; ${here ? command : whereItsKeyIs(due)}${consequenceText(each)}`;
}

/** Who can, if this machine cannot. */
const whereItsKeyIs = (due: boolean): string =>
  `the key of its CA is not on this machine: run \`bundle deploy${due ? ' --renew' : ''}\` where the bundle’s ` +
  'secrets/ is';
