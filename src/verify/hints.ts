import { namedChecks } from '../bundle/own-expectations.ts';
import { bundleCommand, type Named } from '../paste-commands.ts';
import type { ServiceExpectation } from '../sdk/definition.ts';
import type { CheckResult } from './result.ts';

/** What to do about checks that every stack has; of the others each says it in its reason, since it depends on that. */
const OF_THE_MACHINE: readonly string[] = ['secrets', 'content'];

type Judged = Pick<ServiceExpectation, 'service' | 'logs' | 'endpoints' | 'programs'>;

/**
 * Results with what to look at, or to do, for those that failed or could not be told: what the definition says of that
 * check, the log for its other checks, or what the machine knows of its own. Pure.
 * @param named how the user named the bundle and its engine, for commands
 */
export function withHints(
  results: readonly CheckResult[],
  expectations: readonly Judged[],
  named: Named,
): CheckResult[] {
  return results.map((result) => {
    if (result.status === 'passed' || result.status === 'not-run') return result;
    const hint = hintOf(result, expectations, named);
    return hint === undefined ? result : { ...result, hint };
  });
}

function hintOf(
  { service, check, status }: CheckResult,
  expectations: readonly Judged[],
  named: Named,
): string | undefined {
  const of = expectations.find((one) => one.service === service);
  const log = of?.logs.find(({ name }) => name === check);
  const asked = of && namedChecks(of).find(({ name }) => name === check);
  // A log that could not be read, and what else could not be told, says itself what stood in the way.
  if (status === 'unsure' && (log !== undefined || asked?.remedy === undefined)) return undefined;
  const wrote = `\`${bundleCommand('logs', named, service)}\` shows what it wrote`;
  if (asked?.remedy !== undefined) return log === undefined ? asked.remedy : `${asked.remedy}; ${wrote}`;
  if (asked !== undefined) return wrote;
  return OF_THE_MACHINE.includes(check)
    ? `\`${bundleCommand('plan', named)}\` shows what a deployment would put right`
    : undefined;
}
