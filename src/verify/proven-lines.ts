import { QUORUM } from './check-ensemble.ts';
import type { StackVerifyOptions } from './options.ts';
import type { CheckResult } from './result.ts';

/**
 * Results in which a line that its log may have lost has passed if another check proves it, by its definition. Without
 * that a member that logs each question of its health check could not be told for good, once its first lines are gone.
 * A check that was left out, or did not pass, proves nothing. Pure.
 * @param results of one verification, all of them
 */
export function provenLines(
  results: readonly CheckResult[],
  { expectations, ensembles }: Pick<StackVerifyOptions, 'expectations' | 'ensembles'>,
): CheckResult[] {
  return results.map(({ gone, ...result }) => {
    const { service, task, check } = result;
    const line = expectations.find((one) => one.service === service)?.logs.find(({ name }) => name === check);
    const proof = line?.provenBy;
    if (gone === undefined || proof === undefined) return result;
    const groups = ensembles.filter(({ services }) => services.includes(service)).map(({ name }) => name);
    const proofs = results.filter(
      (one) =>
        one.check === proof.check &&
        (one.check === QUORUM ? groups.includes(one.service) : one.service === service && one.task === task),
    );
    if (proofs.length === 0 || proofs.some(({ status }) => status !== 'passed')) return result;
    return { ...result, status: 'passed', detail: `its log may have lost the line; ${proof.why} (${proof.check})` };
  });
}
