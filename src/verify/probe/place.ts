import type { SwarmNode, SwarmTask } from '../../engine/port.ts';
import { placeOfSecrets, type JobPlace } from '../../swarm/jobs/place.ts';
import type { EndpointSubject } from '../endpoints/types.ts';
import type { CheckOutcome } from '../result.ts';
import type { ProbePlan } from './plan.ts';

/**
 * Where the job of a plan runs: on a node that has all its secrets already, because a task that mounts them runs there.
 * Without tokens it may be any that runs Linux; a token is to come to no other.
 */
export function placeOfProbe(
  { mounts, tokens }: Pick<ProbePlan, 'mounts' | 'tokens'>,
  tasks: readonly SwarmTask[],
  nodes: readonly SwarmNode[],
): JobPlace {
  const place = placeOfSecrets(mounts, tasks, nodes);
  if (!('trouble' in place)) return place;
  return tokens.length === 0 ? { constraints: ['node.platform.os == linux'] } : placeOfSecrets(tokens, tasks, nodes);
}

/**
 * Subjects that no node may ask together, since none has the tokens of all: in parts that one may ask each, and those
 * that none may ask. Pure.
 * @param placeOf where a subject is asked alone
 */
export function apart(
  subjects: readonly EndpointSubject[],
  placeOf: (subject: EndpointSubject) => JobPlace,
): { parts: EndpointSubject[][]; refused: Map<EndpointSubject, CheckOutcome> } {
  const parts = new Map<string, EndpointSubject[]>();
  const refused = new Map<EndpointSubject, CheckOutcome>();
  for (const subject of subjects) {
    const place = placeOf(subject);
    if ('trouble' in place) {
      refused.set(subject, { status: 'unsure', detail: `it is not asked: ${place.trouble}` });
      continue;
    }
    const key = place.constraints.join();
    parts.set(key, [...(parts.get(key) ?? []), subject]);
  }
  return { parts: [...parts.values()], refused };
}
