import type { Ended } from '../../src/text/done-text.ts';
import { EXIT } from '../../src/errors.ts';
import { accesses } from './accesses.ts';
import { plans } from './plans.ts';

const of = (plan: keyof typeof plans, over: Partial<Ended['done']> = {}): Ended => ({
  stack: 'prod',
  done: { plan: plans[plan].plan, steps: ['deploy'], release: 10, converged: true, ...over },
  access: accesses.imply,
  shown: 'prod',
  secretsHere: true,
});

/** By name, deployments that have ended. */
export const ends: Record<string, Ended> = {
  'the first one': of('first deployment', { release: 1 }),
  'the first one of a stack without TLS': {
    ...of('first deployment', { release: 1 }),
    access: accesses.zookeeper,
    secretsHere: false,
  },
  'a later one': of('another image of the agents'),
  'not awaited': of('another image of the agents', { converged: false }),
  'verification failed': of('another image of the agents', { verification: { exit: EXIT.verification } }),
  'nothing to do': of('no change', { steps: [] }),
};
