import type { StackPlan } from '../sdk/definition.ts';
import type { Bundle } from './parse.ts';

const plans = new WeakMap<Bundle, StackPlan>();

/** What the answers of a bundle call for. A bundle is a value: it is planned once, however many ask. */
export function planOf(bundle: Bundle): StackPlan {
  const known = plans.get(bundle);
  if (known) return known;
  const plan = bundle.definition.plan(bundle.name, bundle.answers);
  plans.set(bundle, plan);
  return plan;
}
