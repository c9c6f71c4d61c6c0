import { contentOf } from '../release/content.ts';
import { findOlderRelease, findUndoneWayBack, wasHeld } from '../release/older.ts';
import type { StoredRelease } from '../release/record.ts';
import { readHistory } from '../release/store.ts';
import type { Check, Finding } from './check.ts';

/**
 * Whether the bundle's directory is of before what runs: a checkout that was not brought up to date takes away what
 * others added. A rollback is asked for. What a way back left is deployed again by who says so, and not by a job that
 * renews certificates.
 */
export const olderRelease: Check = {
  name: 'older-release',
  title: 'nothing newer runs',
  offline: false,
  async run({ stack, plan, document, live, backTo, renewsUnasked = false }) {
    if (live === undefined || backTo !== undefined) return [];
    const history = await readHistory(live.engine, stack);
    const content = contentOf({ directory: { bundle: { name: stack }, plan }, document }, live.nodes);
    const certificates = new Set(plan.secrets.flatMap(({ issued, files }) => (issued ? Object.values(files) : [])));
    const undone = renewsUnasked ? findUndoneWayBack(history, content, live.nodes, certificates) : undefined;
    if (undone !== undefined) return [undoneFinding(undone)];
    const found = findOlderRelease(history, content, live.nodes);
    if (found === undefined) return [];
    const { number } = found.release;
    return [
      {
        level: 'warning',
        text: `this is what release ${number} was (${whenBy(found.release)}); ${sinceText(found.since)}`,
        hint:
          'if this directory is of before, bring it up to date; if that release is to come back, `bundle rollback ' +
          `--to ${number}\` goes back in the order of a rollback`,
      },
    ];
  },
};

/** @param secrets what the swarm has of those that this directory has otherwise, if nothing else differs */
function undoneFinding({ wayBack, secrets }: { wayBack: StoredRelease; secrets: readonly string[] }): Finding {
  const to = `release ${wayBack.rollbackOf}`;
  const went = wasHeld(wayBack) ? 'went back' : 'was to go back';
  const way =
    secrets.length === 0
      ? `bring it to what ${to} was; or correct it, and`
      : `bring bundle.lock.json and secrets/ to ${secrets.join(', ')}; or, if others are to take their place,`;
  return {
    level: 'error',
    text:
      `release ${wayBack.number} ${went} to ${to} (${whenBy(wayBack)}), and this directory says something else` +
      `${secrets.length === 0 ? '' : ` of ${secrets.join(', ')}`}: with --renew and --yes that is not deployed`,
    hint:
      `${way} \`bundle deploy\` without --renew goes forward: the next --renew goes on from there. ` +
      'With --ignore older-release it is deployed all the same',
  };
}

const whenBy = ({ at, by }: StoredRelease): string => `${at.slice(0, 10)}, ${by}`;

/** `releases 5 to 9 came after it, the last one 2026-05-02, ann@ops` */
function sinceText(since: readonly StoredRelease[]): string {
  const [last] = since;
  const first = since.at(-1);
  if (last === undefined || first === undefined || first === last)
    return `release ${last?.number ?? ''} came after it${last === undefined ? '' : ` (${whenBy(last)})`}`;
  return `releases ${first.number} to ${last.number} came after it, the last one ${whenBy(last)}`;
}
