import { expect, it } from 'vitest';
import type { SecretState } from '../../../src/bundle/secret-state.ts';
import type { Engine } from '../../../src/engine/port.ts';
import { secretSteps } from '../../../src/swarm/steps/secret-steps.ts';

const STATES: SecretState['state'][] = ['present', 'missing', 'foreign', 'differs', 'changed', 'lost'];

it.each([
  [false, ['create secret prod_missing.v1']],
  [true, ['create secret prod_missing.v1', 'take over secret prod_foreign.v1 as it is']],
])('of what stack.yml names, with --adopt %s', (adopt, described) => {
  const secrets = STATES.map((state) => ({ state, name: `prod_${state}.v1` }) as SecretState);
  expect(secretSteps({} as Engine, { secrets, adopt }).map((step) => step.describe())).toEqual(described);
});
