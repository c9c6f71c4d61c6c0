import { describe, expect, it } from 'vitest';
import { imageDowngrade } from '../../../src/checks/image-downgrade.ts';
import type { SwarmConfig, SwarmTask } from '../../../src/engine/port.ts';
import { encodeRelease, releaseLabels } from '../../../src/release/record.ts';
import type { ReleaseState } from '../../../src/release/states.ts';
import { context, service, task } from '../../support/check-context.ts';

const pinned = (image: string): string => `${image}@sha256:${'a'.repeat(64)}`;
const answersOf = (image: string) => ({ images: { mysql: image } });

interface Recorded {
  note?: string;
  rollbackOf?: number;
  /** It ended before the swarm held it as a whole. */
  bare?: true;
}

const WITHOUT = 'no MySQL: the store is outside';

/** A release with this MySQL. */
const record = (image: string, state: ReleaseState, number: number, more: Recorded = {}): SwarmConfig => {
  const { note = '', rollbackOf, bare } = more;
  const { document } = context(image === WITHOUT ? {} : answersOf(image));
  const { mysql: _, ...others } = document.services;
  return {
    ...{ id: `r${number}`, name: `prod.release.${number}`, version: 1, createdAt: '', updatedAt: '' },
    labels: releaseLabels('prod', {
      ...{ state, note },
      images: bare ? {} : { manager: pinned('manager'), ...(image !== WITHOUT && { mysql: pinned(image) }) },
    }),
    data: encodeRelease({
      ...{ number, at: '2026-01-01T00:00:00Z', by: 'ann@ops', tool: '0.1.0', answers: {}, nodeLabels: [] },
      ...{ lock: { version: 1, secrets: {} }, ...(rollbackOf && { rollbackOf }) },
      document: image === WITHOUT ? { ...document, services: others } : document,
    }),
  };
};

interface Swarm {
  /** The image of the service; none runs if it is left out. */
  live?: string;
  /** Images of its tasks, each that of one that runs unless it says otherwise. */
  tasks?: [image: string, more?: Partial<SwarmTask>][];
  /** Oldest first. */
  releases?: [image: string, state?: ReleaseState, more?: Recorded][];
  foreign?: boolean;
}

/** What deploying this MySQL comes to, by what runs and ran. */
const found = (image: string, { live, tasks = [], releases = [], foreign = false }: Swarm) =>
  imageDowngrade.run(
    context(answersOf(image), {
      services:
        live === undefined
          ? []
          : [
              service('prod_mysql', {
                spec: { TaskTemplate: { ContainerSpec: { Image: pinned(live) } } },
                ...(foreign && { labels: {} }),
              }),
            ],
      tasks: tasks.map(([ran, more], index) =>
        task('id-prod_mysql', 'n1', { id: `t${index}`, image: pinned(ran), ...more }),
      ),
      engine: {
        configs: async () =>
          releases.map(([ran, state = 'verified', more], index) => record(ran, state, index + 1, more)),
      },
    }),
  );

describe('an image of an earlier series than ran on the data', () => {
  it('is refused, with what ran, why and what to do', async () => {
    expect(await found('mysql:8.4.11', { live: 'mysql:9.1.0', releases: [['mysql:8.4.11'], ['mysql:9.1.0']] })).toEqual(
      [
        {
          level: 'error',
          text:
            'mysql would go from mysql:9.1.0, which ran on its data, back to mysql:8.4.11: MySQL does not start on ' +
            'the data of a later series',
          hint:
            'name the image that ran in `images.mysql`, or see “Another version of MySQL” in the runbook; or, if its ' +
            'data is gone or was made by the older one, --ignore image-downgrade',
        },
      ],
    );
  });

  it.each<[string, string, Swarm]>([
    [
      'also if its release failed, and a task of it ran',
      'mysql:8.4.11',
      {
        live: 'mysql:9.1.0',
        tasks: [['mysql:9.1.0']],
        releases: [['mysql:8.4.11'], ['mysql:9.1.0', 'failed']],
      },
    ],
    [
      'also if what ran ended since',
      'mysql:8.4.11',
      { live: 'mysql:9.1.0', tasks: [['mysql:9.1.0', { state: 'failed', message: 'started' }]] },
    ],
    [
      'also if the one that is deployed now never started',
      'mysql:8.4.11',
      {
        live: 'mysql:9.9.9',
        tasks: [['mysql:9.9.9', { state: 'rejected', message: 'preparing' }]],
        releases: [['mysql:8.4.11'], ['mysql:9.1.0'], ['mysql:9.9.9', 'failed']],
      },
    ],
    [
      'also if the tasks of a failed release are forgotten, since its service was stopped: they were verified',
      'mysql:8.4.11',
      { live: 'mysql:9.1.0', releases: [['mysql:8.4.11'], ['mysql:9.1.0', 'failed', { note: 'verification-failed' }]] },
    ],
    [
      'also if a way back that left it as it was stopped it, and was interrupted',
      'mysql:8.4.11',
      {
        live: 'mysql:9.1.0',
        releases: [
          ['mysql:8.4.11'],
          ['mysql:9.1.0', 'failed', { note: 'roll-stopped', bare: true }],
          ['mysql:9.1.0', 'started', { rollbackOf: 1, bare: true }],
          ['mysql:9.1.0', 'failed', { note: 'roll-stopped', bare: true }],
        ],
      },
    ],
    [
      'also if its service is not there at the moment: its volume is',
      'mysql:8.0.46',
      { releases: [['mysql:8.0.46'], ['mysql:8.4.11'], [WITHOUT]] },
    ],
    ['of 8.0, before 8.0.35', 'mysql:8.0.34', { live: 'mysql:8.0.36', tasks: [['mysql:8.0.36']] }],
    ['from one innovation to another', 'mysql:9.0.1', { live: 'mysql:9.1.0', tasks: [['mysql:9.1.0']] }],
  ])('%s', async (_what, image, swarm) => {
    expect(await found(image, swarm)).toMatchObject([{ level: 'error' }]);
  });

  it.each<[string, string, Swarm]>([
    ['a later series', 'mysql:9.1.0', { live: 'mysql:8.4.11', tasks: [['mysql:8.4.11']] }],
    ['another patch of the series', 'mysql:8.4.9', { live: 'mysql:8.4.11', tasks: [['mysql:8.4.11']] }],
    ['8.0 from 8.0.35 on', 'mysql:8.0.35', { live: 'mysql:8.0.46', tasks: [['mysql:8.0.46']] }],
    ['a tag that does not tell', 'mysql:lts', { live: 'mysql:9.1.0', tasks: [['mysql:9.1.0']] }],
    ['over a tag that does not tell', 'mysql:8.4.11', { live: 'mysql:latest', tasks: [['mysql:latest']] }],
    ['nothing that ran', 'mysql:8.4.11', {}],
    [
      'the image of the last good release that had it, if none is there at the moment',
      'mysql:8.4.11',
      { releases: [['mysql:9.1.0'], ['mysql:8.4.11'], ['mysql:9.9.9', 'failed'], [WITHOUT]] },
    ],
    ['over somebody else’s service', 'mysql:8.4.11', { live: 'mysql:9.1.0', tasks: [['mysql:9.1.0']], foreign: true }],
    [
      'one after a way back to a later one, of which nobody knows whether it came to run',
      'mysql:8.4.11',
      {
        live: 'mysql:9.1.0',
        releases: [['mysql:9.1.0'], ['mysql:8.4.11'], ['mysql:9.1.0', 'started', { rollbackOf: 1, bare: true }]],
      },
    ],
    [
      'one after a failed release whose tasks nobody saw run',
      'mysql:8.4.11',
      { live: 'mysql:9.1.0', releases: [['mysql:8.4.11'], ['mysql:9.1.0', 'failed', { note: 'not-converged' }]] },
    ],
    [
      'the image that is deployed, whatever ran once: the data was loaded anew',
      'mysql:8.4.11',
      {
        live: 'mysql:8.4.11',
        tasks: [['mysql:9.1.0', { state: 'failed', message: 'started' }]],
        releases: [['mysql:9.1.0']],
      },
    ],
    [
      'one after a later one that refused the data, or could not be pulled',
      'mysql:8.0.46',
      {
        live: 'mysql:9.1.0',
        tasks: [
          ['mysql:9.1.0', { state: 'failed', message: 'starting', containerId: 'c' }],
          ['mysql:9.1.0', { state: 'rejected', message: 'preparing' }],
          ['mysql:8.0.46', { state: 'shutdown', message: 'shutdown' }],
        ],
        releases: [['mysql:8.0.46'], ['mysql:9.1.0', 'failed']],
      },
    ],
  ])('is fine: %s', async (_what, image, swarm) => {
    expect(await found(image, swarm)).toEqual([]);
  });

  it('is not looked at without an engine', () => {
    expect(imageDowngrade.offline).toBe(false);
  });
});
