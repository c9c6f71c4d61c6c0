import { describe, expect, it } from 'vitest';
import { EXIT } from '../../../src/errors.ts';
import type { FieldChange } from '../../../src/plan/diff.ts';
import type { ServiceChange } from '../../../src/plan/changes.ts';
import { forbiddenBy } from '../../../src/quorum/refuse.ts';
import { changes } from './fake-ensemble.ts';

describe('what never changes of a member', () => {
  const group = {
    title: 'Keeper',
    services: ['keeper-1'],
    isMember: (name: string) => name.startsWith('keeper-'),
    policy: {
      shrink: () => undefined,
      fixed: [{ field: 'environment VOTERS', what: 'the list of voters', why: 'it is for life', hint: 'put it back' }],
    },
  };
  const change = (name: string, ...fields: FieldChange[]): ServiceChange[] =>
    changes(`${name} restart`).map((each) => ({ ...each, changes: fields }));
  const voters = { field: 'environment VOTERS', kind: 'changed', effect: 'restart' } as const;

  it('is refused with what it was and would be, if the plan shows that', () => {
    expect(forbiddenBy([group], { services: change('keeper-1', voters) })).toMatchObject({
      code: 'ensemble-fixed',
      exit: EXIT.preflight,
      message: 'Keeper: the list of voters of keeper-1 would change: it is for life',
      hints: ['put it back'],
    });
    const moved = { ...voters, field: 'node', from: 'node1', to: 'node2' };
    const places = {
      ...group,
      policy: { ...group.policy, fixed: [{ field: 'node', what: 'the place', why: 'its data stays', hint: '' }] },
    };
    expect(forbiddenBy([places], { services: change('keeper-1', moved) })?.message).toBe(
      'Keeper: the place of keeper-1 would change from node1 to node2: its data stays',
    );
    // Whoever says that its data is there, or lost, may move it.
    expect(forbiddenBy([places], { services: change('keeper-1', moved) }, ['placement-move'])).toBeUndefined();
    expect(forbiddenBy([group], { services: change('keeper-1', voters) }, ['placement-move'])).toBeDefined();
  });
  it('is no matter of others, nor of other properties; and members may leave if the rules have it', () => {
    expect(forbiddenBy([group], { services: change('app', voters) })).toBeUndefined();
    expect(
      forbiddenBy([group], { services: change('keeper-1', { ...voters, field: 'environment HEAP' }) }),
    ).toBeUndefined();
    expect(forbiddenBy([group], { services: changes('keeper-2 remove') })).toBeUndefined();
  });
});
