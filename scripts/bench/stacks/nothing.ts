import type { StackPlan } from '../../../src/sdk/definition.ts';

/** All of a plan that the stacks of the bench have nothing of. */
export const NOTHING = {
  secrets: [],
  placements: [],
  ensembles: [],
  rolling: [],
  rollingBack: [],
  together: [],
  wrappedImages: [],
  identities: [],
  expectations: [],
  hosts: [],
  listens: {},
  externals: [],
  notices: [],
  runbook: () => [],
  environment: {},
} satisfies Partial<StackPlan>;
