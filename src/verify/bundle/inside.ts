import type { SecretState } from '../../bundle/secret-state.ts';
import { systemClock } from '../../swarm/clock.ts';
import { STACK_NAMESPACE, type Engine, type EngineInfo, type TaskEngine } from '../../engine/port.ts';
import { isAlive, thisOperator } from '../../io/operator.ts';
import { isLeftOver } from '../../swarm/jobs/owner.ts';
import { removeJob } from '../../swarm/jobs/run.ts';
import { LABEL } from '../../bundle/names.ts';
import type { Redactor } from '../../ui/redact.ts';
import type { Keys } from '../endpoints/types.ts';
import { foreignMounts } from '../foreign-mounts.ts';
import { insideProber } from '../probe/prober.ts';
import { Paths } from '../probe/paths.ts';
import { programAsker, type ProgramAsker } from '../tasks/program.ts';
import type { CheckResult } from '../result.ts';
import type { Loaded } from '../../project/bundle-dir.ts';

/** What asks ports that are not published; undefined if bundle.yaml names no image for it. */
export function insideOf(
  engine: TaskEngine,
  { directory: { bundle } }: Loaded,
  secrets: readonly SecretState[],
  know: { keys: Keys; redactor: Redactor },
): (ReturnType<typeof insideProber> & { paths: Paths }) | undefined {
  const image = bundle.verify?.probeImage;
  if (image === undefined) return undefined;
  const paths = new Paths();
  const prober = insideProber(engine, {
    ...know,
    paths,
    stack: bundle.name,
    image,
    secrets,
    clock: systemClock,
    me: { ...thisOperator(), isAlive },
  });
  return { ...prober, paths };
}

/** What runs programs of a definition beside the tasks. */
export function programsOf(engine: TaskEngine, { directory: { bundle } }: Loaded, redactor: Redactor): ProgramAsker {
  const me = { ...thisOperator(), isAlive };
  return programAsker(engine, { stack: bundle.name, clock: systemClock, redactor, me });
}

/**
 * Whether another service of the swarm mounts a secret of the bundle. Jobs of a bundle command that has ended, which an
 * engine in trouble or a kill left behind, are removed on the way: nobody else would.
 */
export async function readForeignMounts(
  engine: Engine,
  { directory: { bundle }, document }: Loaded,
  secrets: readonly SecretState[],
  info: Promise<Pick<EngineInfo, 'systemTime'>>,
): Promise<CheckResult[]> {
  const [services, labelled, { systemTime }] = await Promise.all([
    engine.services(),
    engine.secrets({ stack: bundle.name }),
    info,
  ]);
  const me = { ...thisOperator(), isAlive };
  const now = Date.parse(systemTime);
  // Whatever its labels say, a service of a stack is none.
  const jobs = services.filter(
    ({ labels }) => labels[LABEL.stack] === bundle.name && LABEL.kind in labels && !(STACK_NAMESPACE in labels),
  );
  const stays = await Promise.all(
    jobs.map(async ({ id, labels, createdAt }) => {
      if (!isLeftOver(labels, now, me, createdAt)) return [];
      return (await removeJob(engine, id)) === undefined ? [] : [id];
    }),
  );
  const left = new Set(stays.flat());
  const passing = new Set(jobs.filter(({ id }) => !left.has(id)));
  return foreignMounts(services, {
    stack: bundle.name,
    own: Object.keys(document.services),
    // One that somebody else made under our name bears no label.
    secrets: [
      ...new Map(
        [...labelled, ...secrets.flatMap(({ live }) => live ?? [])].map((secret) => [secret.id, secret]),
      ).values(),
    ],
    isJob: (service) => passing.has(service),
  });
}
