import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { reportPrometheus } from '../../../../src/verify/report/prometheus.ts';
import { verification, type CheckResult } from '../../../../src/verify/result.ts';
import { parsePrometheus } from '../../../support/prometheus.ts';

const NOW = new Date('2026-01-01T00:00:00.250Z');
const certificate = {
  subject: 'CN=a "b"\\c\nd',
  names: [],
  issuer: '',
  notAfter: '2026-02-01T00:00:00.000Z',
  daysLeft: 31,
};
const task = { service: 'imply-manager', task: 'k3x1', slot: 1, node: 'node1' };

const report = (results: CheckResult[]) => parsePrometheus(reportPrometheus(verification('prod', results), NOW));
const valuesOf = (results: CheckResult[], metric: string) =>
  report(results)
    .filter((sample) => sample.metric === metric)
    .map(({ labels, value }) => [labels, value]);

describe('reportPrometheus', () => {
  it('tells the time, the exit code and the counts', () => {
    expect(reportPrometheus(verification('prod', []), NOW))
      .toBe(`# HELP bundle_verify_timestamp_seconds When the verification ended, seconds since 1970.
# TYPE bundle_verify_timestamp_seconds gauge
bundle_verify_timestamp_seconds{stack="prod"} 1767225600.25
# HELP bundle_verify_exit_code Exit code of bundle verify: 0 passed, 5 failed, 7 could not tell.
# TYPE bundle_verify_exit_code gauge
bundle_verify_exit_code{stack="prod"} 7
# HELP bundle_verify_checks Number of checks by outcome.
# TYPE bundle_verify_checks gauge
bundle_verify_checks{stack="prod",status="passed"} 0
bundle_verify_checks{stack="prod",status="failed"} 0
bundle_verify_checks{stack="prod",status="unsure"} 0
bundle_verify_checks{stack="prod",status="not-run"} 0
# HELP bundle_verify_left_out_checks Number of checks that --only and --skip left out, one for each task.
# TYPE bundle_verify_left_out_checks gauge
bundle_verify_left_out_checks{stack="prod"} 0
`);
  });

  it('tells how many were left out', () => {
    expect(reportPrometheus(verification('prod', [], 3), NOW)).toContain(
      '\nbundle_verify_left_out_checks{stack="prod"} 3\n',
    );
  });

  it('tells each check, not by the id of its task, and the end of each certificate', () => {
    const results: CheckResult[] = [
      { ...task, check: 'https', status: 'passed', detail: 'x', certificate },
      { ...task, check: 'TLS', status: 'unsure', detail: 'x' },
      { ...task, check: 'api', status: 'not-run', detail: 'x' },
      { service: 'swarm', check: 'expiry', status: 'failed', detail: 'x' },
    ];
    const manager = { stack: 'prod', service: 'imply-manager', slot: '1', node: 'node1' };
    const swarm = { stack: 'prod', service: 'swarm', check: 'expiry' };
    expect(valuesOf(results, 'bundle_verify_check')).toEqual([
      [{ ...manager, check: 'https' }, 1],
      [{ ...manager, check: 'TLS' }, 0],
      [swarm, 0],
    ]);
    expect(valuesOf(results, 'bundle_verify_check_told')).toEqual([
      [{ ...manager, check: 'https' }, 1],
      [{ ...manager, check: 'TLS' }, 0],
      [swarm, 1],
    ]);
    expect(valuesOf(results, 'bundle_certificate_expiry_timestamp_seconds')).toEqual([
      [{ ...manager, check: 'https', subject: certificate.subject }, 1769904000],
    ]);
  });

  it('gives no sample twice: the worst is told', () => {
    const row = { service: 'app', check: 'mounts', detail: 'x' };
    expect(
      valuesOf(
        [
          { ...row, status: 'passed' },
          { ...row, status: 'failed' },
          { ...row, status: 'passed' },
        ],
        'bundle_verify_check',
      ),
    ).toEqual([[{ stack: 'prod', service: 'app', check: 'mounts' }, 0]]);
  });

  it('is of the format whatever a name or a subject holds', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            service: fc.string(),
            check: fc.string({ unit: 'binary' }),
            subject: fc.string({ unit: 'binary' }),
          }),
        ),
        (rows) => {
          const results = rows.map(({ service, check, subject }): CheckResult => ({
            service,
            check,
            status: 'passed',
            detail: '',
            certificate: { ...certificate, subject },
          }));
          const subjects = new Set(
            rows.map(({ service, check, subject }) => JSON.stringify([service, check, subject])),
          );
          expect(
            new Set(
              valuesOf(results, 'bundle_certificate_expiry_timestamp_seconds').map(([labels]) => {
                const { service, check, subject } = labels as Record<string, string>;
                return JSON.stringify([service, check, subject]);
              }),
            ),
          ).toEqual(subjects);
        },
      ),
    );
  });
});
