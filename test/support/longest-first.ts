import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The swarm files that take longest, longest first (of a run with four lanes on two cores; each run ends with such a
 * list). A long file that starts last would keep one lane busy alone. Brokers want the cores while they start: at the
 * beginning, as far as order can tell, at most every other lane has some. Files that are not named follow.
 */
const LONGEST = [
  'kafka-apart',
  'proof',
  'kafka-roll',
  'rolling-stops',
  'kafka-lies',
  'rolling',
  'ensemble',
  'release',
  'kafka-loss',
  'lies',
  'kafka',
  'failures',
  'matrix',
  'upgrade',
  'inside',
  'preflight',
  'labels',
  'chaos',
  'converge',
  'field',
  'switches',
  'main-job',
  'secrecy',
  'older-build',
  'slow-loop',
  'operators',
  'between',
  'hosts',
  'after-stack-rm',
  'ports',
  'newcomer',
  'by-hand',
  'placement',
  'logs',
  'network',
  'externals',
  'engine',
  'plan-fresh',
  'run-target',
  'lab',
  'wrapper',
  'images',
  'dry-run',
  'plan',
];

/** Projects of files that use a lab: `swarm`, and `swarm-ENGINE`. */
const onLab = ({ project }: TestSpecification): boolean => project.name.startsWith('swarm');

const rank = (file: TestSpecification): number => {
  const name = /([^/]+)\.test\.ts$/.exec(file.moduleId)?.[1] ?? '';
  const at = onLab(file) ? LONGEST.indexOf(name) : -1;
  return at === -1 ? LONGEST.length : at;
};

/** Vitest's own order of projects and files, with the swarm files that are known to be long before the others. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const places = sorted.flatMap((file, index) => (onLab(file) ? [index] : []));
    const swarm = places.map((index) => sorted[index] as TestSpecification).sort((a, b) => rank(a) - rank(b));
    for (const [index, place] of places.entries()) sorted[place] = swarm[index] as TestSpecification;
    return sorted;
  }
}
