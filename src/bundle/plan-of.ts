import type { StackDefinition, StackPlan } from '../sdk/definition.ts';
import type { HostLimits } from './host-limits.ts';
import type { OwnChecks } from './own-checks.ts';

/** A bundle as a value: valid answers, defaults applied. */
export interface Bundle {
  name: string;
  definition: StackDefinition;
  answers: Record<string, unknown>;
  /** `verify:` */
  verify?: OwnChecks;
  /** `hosts:` */
  hosts?: HostLimits;
}

const plans = new WeakMap<Bundle, StackPlan>();

/** What the answers of a bundle call for. A bundle is a value: it is planned once, however many ask. */
export function planOf(bundle: Bundle): StackPlan {
  const known = plans.get(bundle);
  if (known) return known;
  const plan = bundle.definition.plan(bundle.name, bundle.answers);
  plans.set(bundle, plan);
  return plan;
}
