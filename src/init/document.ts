import type { StackDocument } from '../compose/types.ts';
import type { StackPlan } from '../sdk/definition.ts';

/** The document as far as it does not depend on versions, identities or what images run by themselves. */
export function documentOf(plan: StackPlan): StackDocument {
  return plan.document(
    (secret) => secret,
    () => ['start'],
    (name) => name,
  ).document;
}
