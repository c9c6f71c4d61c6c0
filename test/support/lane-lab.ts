import { inject } from 'vitest';
import { buildImages } from '../../scripts/images/build.ts';
import { patientLab } from '../../scripts/lab/asked-again.ts';
import { DEFAULT_ENGINE } from '../../scripts/lab/engines.ts';
import { attach, down, type Lab, remainsOf, up } from '../../scripts/lab/lab.ts';
import { emptyLab } from './empty-lab.ts';
import { endedEngines } from './ended-engines.ts';
import { LANE_IMAGES, laneLabId } from './lab-id.ts';
import { testEngine } from './test-engine.ts';
import { takeTurn } from './turn.ts';

/** Of all projects (vitest.config.ts). */
const ENGINES = [DEFAULT_ENGINE, '20.10'];
export type LaneImages = Record<(typeof LANE_IMAGES)[number], string>;

/**
 * The lab of a lane that this file takes for itself, until its last hook has run: a swarm of four hosts with the images
 * in its registry. Brings it up if this file is the first of its lane, or if an engine of it has ended meanwhile or a
 * node is not as it was, and takes away what a file that failed left in it; shared-lab.ts takes it down at the end of
 * the run. Undefined if no lab can run here.
 *
 * @throws Error if the lab does not come up
 */
export async function laneLab(): Promise<{ lab: Lab; images: LaneImages } | undefined> {
  if ('unsupported' in inject('lab')) return undefined;
  const lane = await takeTurn();
  if (lane === undefined) return undefined;
  const id = laneLabId(lane);
  await otherAway(lane);
  const log = (line: string): void => void process.stderr.write(`lab ${id}: ${line}\n`);
  if (remainsOf(id).length > 0) {
    const lab = patientLab(await attach(id));
    const ended = endedEngines(lab) || (await strayNodes(lab));
    if (ended === '') {
      await emptyLab(lab, log);
      return { lab, images: await buildImages(lab, { log: () => undefined, only: LANE_IMAGES }) };
    }
    log(ended);
    await down(id);
  }
  const lab = patientLab(await up({ id, engine: testEngine(), hosts: 4, log }));
  return { lab, images: await buildImages(lab, { log: () => undefined, only: LANE_IMAGES }) };
}

/** Takes down the lab that the lane had for files of another engine: idle engines take a tenth of a core. */
async function otherAway(lane: number): Promise<void> {
  const others = ENGINES.filter((engine) => engine !== testEngine()).map((engine) => laneLabId(lane, engine));
  for (const id of others) if (remainsOf(id).length > 0) await down(id);
}

/** What a file that failed left of nodes that the next one finds neither ready nor active; empty if there are none. */
async function strayNodes(lab: Lab): Promise<string> {
  const format = '{{.Hostname}} {{.Status}} {{.Availability}}';
  const said = await lab.docker('node1', ['node', 'ls', '--format', format]).then(
    ({ stdout }) => stdout,
    (error: unknown) => String(error),
  );
  const found = said.trim().split('\n').sort().join(', ');
  const wanted = lab.hosts.map(({ name }) => `${name} Ready Active`).sort();
  return found === wanted.join(', ') ? '' : `nodes of lab ${lab.id} are not as they were: ${found}`;
}
