import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { HEAVY } from './lab-id.ts';

/**
 * The swarm files that are heavy, all of which wait for the first lane, then those that take longest, longest first
 * (seconds of a run with three lanes on two cores; each run ends with such a list). A long file that starts last would
 * keep one lane busy alone. Files that are not named follow.
 */
const LONGEST = [
  ...HEAVY,
  'proof',
  'main-job',
  'rolling-stops',
  'ensemble',
  'rolling',
  'slow-stops',
  'labels',
  'release',
  'run-target',
  'lies',
  'newcomer',
  'matrix',
  'secrecy',
  'field',
  'failures',
  'operators',
  'inside',
  'lab',
  'chaos',
  'preflight',
  'hosts',
  'switches',
  'between',
  'logs',
  'upgrade',
  'converge',
  'slow-loop',
  'after-stack-rm',
  'ports',
  'older-build',
  'by-hand',
  'placement',
  'joined',
  'other-store',
  'engine',
  'wrapper',
  'network',
  'plan',
  'externals',
];

/** Projects of files that use a lab: `swarm`, and `swarm-ENGINE`. */
const onLab = ({ project }: TestSpecification): boolean => project.name.startsWith('swarm');

const rank = (file: TestSpecification): number => {
  const name = /([^/]+)\.test\.ts$/.exec(file.moduleId)?.[1] ?? '';
  const at = onLab(file) ? LONGEST.indexOf(name) : -1;
  const place = at === -1 ? LONGEST.length : at;
  // Those of another engine first, so that each lane changes its lab once.
  return file.project.name === 'swarm' ? place + LONGEST.length + 1 : place;
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
