import type { Ensemble, MemberCopies } from '../sdk/definition.ts';
import type { CheckContext, Finding } from './check.ts';
import { findNone, startEmpty, whoFind, type Holdings } from './member-data.ts';
import { ownService } from './own-service.ts';

/**
 * Whether a new group and those that keep copies of what it agreed on find their data both, or neither does: volumes of
 * the one are easily forgotten where those of the other are brought to another swarm.
 *
 * That all services with copies find none counts only if each of them is new and was looked into: one more than before
 * has none either.
 */
export function copyFindings(
  { title }: Ensemble,
  copies: MemberCopies | undefined,
  own: Holdings,
  theirs: Holdings,
  { stack, live }: CheckContext,
): Finding[] {
  if (copies === undefined) return [];
  if (own.full.length === 0 && theirs.full.length > 0) {
    const { why, hint } = copies.withoutGroup;
    return [
      {
        level: 'error',
        text: `${title}: ${whoFind(theirs.full)} data that was kept from before, ${findNone(own)}: ${why}`,
        hint: `${hint}; ${startEmpty(theirs.full)}; if what is lost by it is given up, go on with --ignore kept-data`,
      },
    ];
  }
  const isNew = copies.services.every((name) => ownService(stack, live?.services ?? [], name) === undefined);
  if (own.full.length === 0 || !isNew || theirs.empty.length < copies.services.length) return [];
  const { why, hint } = copies.withoutCopies;
  return [
    {
      level: 'error',
      text: `${title}: ${whoFind(own.full)} data that was kept from before, ${findNone(theirs)}: ${why}`,
      hint: `${hint}; ${startEmpty(own.full)}; if they never had any, or it is given up, go on with --ignore kept-data`,
    },
  ];
}
