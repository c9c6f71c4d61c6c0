import type { CheckResult, CheckStatus, Verification } from '../result.ts';

type Labels = Record<string, string>;

interface Metric {
  name: string;
  help: string;
  /**
   * A later sample with the same labels takes the earlier one's place only if its value is lower: the worst is told.
   */
  samples: [Labels, number][];
}

const STATUSES: readonly CheckStatus[] = ['passed', 'failed', 'unsure', 'not-run'];

/**
 * The text format of Prometheus (exposition format 0.0.4), as node-exporter's textfile collector reads it: no times on
 * samples, and no two samples of the same labels.
 */
export function reportPrometheus({ stack, results, leftOut, exit }: Verification, now: Date): string {
  const told = results.filter(({ status }) => status !== 'not-run');
  const metrics: Metric[] = [
    {
      name: 'bundle_verify_timestamp_seconds',
      help: 'When the verification ended, seconds since 1970.',
      samples: [[{ stack }, seconds(now.getTime())]],
    },
    {
      name: 'bundle_verify_exit_code',
      help: 'Exit code of bundle verify: 0 passed, 5 failed, 7 could not tell.',
      samples: [[{ stack }, exit]],
    },
    {
      name: 'bundle_verify_checks',
      help: 'Number of checks by outcome.',
      samples: STATUSES.map((status) => [
        { stack, status },
        results.filter((result) => result.status === status).length,
      ]),
    },
    {
      name: 'bundle_verify_left_out_checks',
      help: 'Number of checks that --only and --skip left out, one for each task.',
      samples: [[{ stack }, leftOut]],
    },
    {
      name: 'bundle_verify_check',
      help: 'A check: 1 passed, 0 did not.',
      samples: told.map((result) => [{ stack, ...labelsOf(result) }, result.status === 'passed' ? 1 : 0]),
    },
    {
      name: 'bundle_verify_check_told',
      help: 'A check: 1 passed or failed, 0 could not be told.',
      samples: told.map((result) => [{ stack, ...labelsOf(result) }, result.status === 'unsure' ? 0 : 1]),
    },
    {
      name: 'bundle_certificate_expiry_timestamp_seconds',
      help: 'When a certificate expires, seconds since 1970.',
      samples: results.flatMap((result): [Labels, number][] =>
        result.certificate === undefined
          ? []
          : [
              [
                { stack, ...labelsOf(result), subject: result.certificate.subject },
                seconds(Date.parse(result.certificate.notAfter)),
              ],
            ],
      ),
    },
  ];
  return metrics
    .filter(({ samples }) => samples.length > 0)
    .map(text)
    .join('');
}

/** Of a task its slot: its id would make a new series at each deployment. */
function labelsOf({ service, slot, node, check }: CheckResult): Labels {
  return {
    service,
    ...(slot === undefined ? {} : { slot: String(slot) }),
    ...(node === undefined ? {} : { node }),
    check,
  };
}

function text({ name, help, samples }: Metric): string {
  const values = new Map<string, number>();
  for (const [labels, value] of samples) {
    const sample = `${name}{${Object.entries(labels)
      .map(([label, said]) => `${label}="${escape(said)}"`)
      .join(',')}}`;
    values.set(sample, Math.min(value, values.get(sample) ?? Infinity));
  }
  return [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} gauge`,
    ...[...values].map(([sample, value]) => `${sample} ${value}`),
    '',
  ].join('\n');
}

function escape(label: string): string {
  return label.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

const seconds = (ms: number): number => Math.round(ms) / 1000;
