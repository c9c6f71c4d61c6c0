import type { CommentedDocument } from '../compose/types.ts';
import type { StackPlan } from '../sdk/definition.ts';

/** The document as far as it does not depend on versions, identities or what images run by themselves. */
export function documentOf(plan: StackPlan, identity = (name: string): string => name): CommentedDocument {
  return plan.document(
    (secret) => secret,
    () => ['start'],
    identity,
  );
}
