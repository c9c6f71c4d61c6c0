import { parseDocument } from 'yaml';
import { renderStack } from '../compose/render.ts';
import type { StackPlan } from '../sdk/definition.ts';
import { documentOf } from './document-of.ts';
import { yamlValue } from './yaml-faults.ts';

/** Stands where the identity does. */
const MARK = 'identity-to-be-found';

/**
 * The value of an identity that a stack.yml has, whoever formatted it. Pure.
 * @param plan what the answers call for that it was rendered from
 * @returns undefined if it has none, or more than one, or is no YAML
 */
export function identityIn(stackText: string, plan: StackPlan, name: string): string | undefined {
  const there = parseDocument(stackText, { prettyErrors: false, merge: false });
  const read = there.errors.length > 0 ? undefined : yamlValue(there);
  if (read === undefined || 'fault' in read) return undefined;
  const marked = renderStack(documentOf(plan, (each) => (each === name ? MARK : each)));
  const found = new Set(valuesAtMark(parseDocument(marked).toJS(), read.value));
  const [value] = found;
  return found.size === 1 ? value : undefined;
}

/** What stands in `theirs` where `ours` has the mark, the text around it being the same. */
function valuesAtMark(ours: unknown, theirs: unknown): string[] {
  if (typeof ours === 'string') {
    const [before = '', after] = ours.split(MARK);
    if (after === undefined || typeof theirs !== 'string') return [];
    const value = theirs.slice(before.length, theirs.length - after.length);
    return theirs === `${before}${value}${after}` && /^[\w-]+$/.test(value) ? [value] : [];
  }
  if (!isCollection(ours) || !isCollection(theirs)) return [];
  return Object.entries(ours).flatMap(([key, value]) =>
    Object.hasOwn(theirs, key) ? valuesAtMark(value, theirs[key]) : [],
  );
}

const isCollection = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
