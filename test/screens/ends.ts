import type { Ended } from '../../src/text/done-text.ts';
import type { CheckStatus, Verification } from '../../src/verify/result.ts';
import { EXIT } from '../../src/errors.ts';
import { accesses } from './accesses.ts';
import { plans } from './plans.ts';

const of = (plan: keyof typeof plans, over: Partial<Ended['done']> = {}): Ended => ({
  stack: 'prod',
  done: { plan: plans[plan].plan, steps: ['deploy'], release: 10, converged: true, written: [], ...over },
  access: accesses.imply,
  shown: 'prod',
  secretsHere: true,
});

/** Of three checks the last one came to this. */
const verified = (exit: Verification['exit'], last: CheckStatus): NonNullable<Ended['done']['verification']> => ({
  exit,
  results: (['passed', 'passed', last] as const).map((status) => ({
    ...{ service: 'imply-manager', check: 'tls', status, detail: '' },
  })),
  leftOut: 0,
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
  'with certificates that were issued again': of('another image of the agents', {
    written: ['secrets/tls.p12', 'bundle.lock.json', '.bundle.notes.json', 'stack.yml', 'README.md'],
  }),
  'not awaited': of('another image of the agents', { converged: false }),
  'verification failed': of('another image of the agents', { verification: verified(EXIT.verification, 'failed') }),
  'verification could not tell everything': of('another image of the agents', {
    verification: verified(EXIT.unsure, 'unsure'),
  }),
  'nothing to do': of('no change', { steps: [] }),
  'nothing to do but for a certificate that no service mounts': of('no change', {
    steps: [],
    written: ['secrets/tls.p12', 'bundle.lock.json', '.bundle.notes.json'],
  }),
  'nothing to do, and all is well': of('no change', { steps: [], verification: verified(EXIT.done, 'passed') }),
  'nothing to do, and not everything could be told': of('no change', {
    steps: [],
    verification: verified(EXIT.unsure, 'unsure'),
  }),
};
