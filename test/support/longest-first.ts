import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The swarm files that take longest, longest first (seconds of a run with three lanes on two cores; each run ends with
 * such a list). A long file that starts last would keep one lane busy alone. Files that are not named follow.
 */
const LONGEST = [
  'chaos',
  'release',
  'ensemble',
  'lies',
  'inside',
  'matrix',
  'main-job',
  'failures',
  'operators',
  'switches',
  'externals',
  'logs',
  'placement',
  'converge',
  'plan-fresh',
  'hosts',
];

const rank = ({ moduleId, project }: TestSpecification): number => {
  const name = /([^/]+)\.test\.ts$/.exec(moduleId)?.[1] ?? '';
  const at = project.name === 'swarm' ? LONGEST.indexOf(name) : -1;
  return at === -1 ? LONGEST.length : at;
};

/** Vitest's own order of projects and files, with the swarm files that are known to be long before the others. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const places = sorted.flatMap((file, index) => (file.project.name === 'swarm' ? [index] : []));
    const swarm = places.map((index) => sorted[index] as TestSpecification).sort((a, b) => rank(a) - rank(b));
    for (const [index, place] of places.entries()) sorted[place] = swarm[index] as TestSpecification;
    return sorted;
  }
}
