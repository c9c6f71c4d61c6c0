import { join } from 'node:path';
import { BundleError } from '../errors.ts';
import { shellWord } from '../shell-word.ts';
import type { CheckResult } from '../verify/result.ts';
import { TASKS } from '../verify/tasks/look.ts';
import type { ContainerEngine } from './container-engine.ts';
import { isOfService, isOver } from './container-task.ts';
import { readRunSettings, RUN_SETTINGS, saveRunSettings, type RunSettings } from './settings.ts';

/**
 * Hosts that earlier renderings placed something on and this one does not: no run.sh stops what still runs there.
 * @param hosts those of this rendering
 */
export function formerHosts(before: RunSettings | undefined, hosts: readonly string[]): string[] {
  const known = new Set([...(before?.former ?? []), ...(before?.hosts ?? [])]);
  return [...known].filter((host) => !hosts.includes(host));
}

/** `run/` of a bundle, and as it is said. */
export interface RunFolder {
  dir: string;
  shown: string;
}

/** Former hosts, and what is known of them. */
interface Former {
  stack: string;
  former: readonly string[];
  settings: RunSettings;
  engine: Pick<ContainerEngine, 'lastOf'>;
  /** By host, why its engine does not answer. */
  failed: ReadonlyMap<string, string>;
}

/**
 * What could not be told of former hosts: what runs there, while nobody looks, keeps its secrets and its identity.
 * @param shown `run/`, as it is said
 */
export function untoldHosts({ stack, former, settings, engine, failed }: Former, shown: string): CheckResult[] {
  return former.flatMap((host): CheckResult[] => {
    const found = engine.lastOf(host);
    if (found !== undefined && !found.silent) return [];
    const why =
      found === undefined
        ? (failed.get(host) ?? `no engine of ${host} was named: --engine ${host}=URL`)
        : `the engine of ${host} gives no answer any more`;
    return [
      {
        service: stack,
        node: host,
        check: TASKS,
        status: 'unsure',
        detail: `whether ${host} still runs what earlier renderings had there: ${why}`,
        hint: settings.former.includes(host)
          ? `once it sees that nothing is left there, verify forgets ${host}; if that is gone for good, or has another ` +
            `name now, take it out of "former" in ${join(shown, RUN_SETTINGS)}`
          : `${shown} is of other answers: \`bundle render --target run\` first`,
      },
    ];
  });
}

/**
 * Forgets the former hosts on which no container of a service is left, as was seen, so that nobody has to name their
 * engines any more. One that has ended may be started again: its host stays, and is told.
 * @param tell a line for people
 */
export async function forgetHosts(
  { engine, former }: Pick<Former, 'engine' | 'former'>,
  { dir, shown }: RunFolder,
  tell: (line: string) => void,
): Promise<void> {
  const empty: string[] = [];
  for (const host of former) {
    const found = engine.lastOf(host);
    if (found === undefined || found.silent) continue;
    const left = found.containers.filter(isOfService);
    if (left.length === 0) empty.push(host);
    else if (left.every(isOver))
      tell(
        `note: nothing runs on ${host} any more, but ended containers are left there: docker rm ` +
          left.map(({ name }) => shellWord(name)).join(' '),
      );
  }
  try {
    // Read anew: a rendering may have come meanwhile.
    const settings = await readRunSettings(dir, shown);
    const forgotten = settings?.former.filter((host) => empty.includes(host)) ?? [];
    if (settings === undefined || forgotten.length === 0) return;
    await saveRunSettings(dir, { ...settings, former: settings.former.filter((host) => !forgotten.includes(host)) });
    tell(`note: nothing is left on ${forgotten.join(', ')}: no longer among "former" in ${join(shown, RUN_SETTINGS)}`);
  } catch (error) {
    // What was seen was told, and stands without: the next verification may note it.
    if (!(error instanceof BundleError)) throw error;
    tell(`warning: that nothing is left on ${empty.join(', ')} is not noted: ${error.message}`);
  }
}
