import { identityIn } from '../bundle/identity-in.ts';
import type { Lock } from '../bundle/lock.ts';
import { FILE } from '../bundle/names.ts';
import type { StackPlan } from '../sdk/definition.ts';
import type { Existing } from './existing.ts';

/** What becomes of an identity, which never changes. */
export type IdentityChange =
  | { act: 'keep'; name: string }
  /** The lockfile lost it, and the stack.yml that is there still has it. */
  | { act: 'restore'; name: string; value: string }
  /** `lost`: the bundle had one. */
  | { act: 'new'; name: string; lost: boolean };

/** What becomes of each identity that the answers call for. @param existing the bundle that is there, if one is */
export function identityChanges({ identities = [] }: StackPlan, existing: Existing | undefined): IdentityChange[] {
  return identities.map(({ name }): IdentityChange => {
    if (existing?.lock.identities?.[name] !== undefined) return { act: 'keep', name };
    const before = existing?.plan;
    const value = before && existing.stack !== undefined ? identityIn(existing.stack, before, name) : undefined;
    if (value !== undefined) return { act: 'restore', name, value };
    const had =
      existing !== undefined && (before === undefined || before.identities?.some((each) => each.name === name));
    return { act: 'new', name, lost: had === true && (existing.isLocked || existing.stack !== undefined) };
  });
}

/** The lockfile with what was found of it elsewhere. */
export function withRestored(lock: Lock, changes: readonly IdentityChange[]): Lock {
  const restored = changes.flatMap((change) =>
    change.act === 'restore' ? [[change.name, change.value] as const] : [],
  );
  if (restored.length === 0) return lock;
  return { ...lock, identities: { ...lock.identities, ...Object.fromEntries(restored) } };
}

/** What becomes of an identity, for a line beside its name. */
export function identityText({ act }: IdentityChange): string {
  if (act === 'restore') return `taken from ${FILE.stack}: ${FILE.lock} had lost it`;
  return act === 'keep' ? 'kept' : 'new';
}

/** That one is made in the place of one that was lost. */
export const lostIdentities = (changes: readonly IdentityChange[]): string[] =>
  changes.flatMap((change) =>
    change.act === 'new' && change.lost
      ? [
          `${FILE.lock} has lost ${change.name}, and ${FILE.stack} does not have it: a new one is made, and what ` +
            'runs or keeps data under the old one does not take it; was it deployed, restore the old file from version control',
        ]
      : [],
  );
