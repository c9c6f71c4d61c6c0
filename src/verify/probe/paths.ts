import { OVERLAY_CAUSES } from '../../swarm/overlay-causes.ts';
import type { CheckResult } from '../result.ts';
import type { Facts } from './parse.ts';

/** Name of the result that tells of pairs of nodes. */
export const NETWORK = 'network';

/** curl's exit codes (curl: docs/cmdline-opts/_EXITCODES.md). */
const TIME_UP = 28;
const NO_CONNECTION = 7;

/**
 * How the node of a probe reached the nodes of the tasks that it asked through the stack's network: packets that are
 * dropped between two nodes leave everything silent that runs on one of them, as seen from the other.
 */
export class Paths {
  /**
   * The probe's node, to those of the tasks, each by a word that no other has, to how many ports answered and how many
   * were silent.
   */
  readonly #seen = new Map<string, Map<string, { answered: number; silent: number }>>();

  /**
   * Notes what was found of one port.
   * @param from the probe's node
   * @param to the task's node
   */
  note(from: string, to: string, facts: Facts): void {
    const ends = Object.values(facts.answers).map(({ exit }) => exit);
    // A refusal, and no route, end alike: neither tells whether packets went through.
    const answered = ends.some((exit) => exit !== TIME_UP && exit !== NO_CONNECTION);
    const silent = !answered && ends.includes(TIME_UP);
    const row = this.#seen.get(from) ?? new Map<string, { answered: number; silent: number }>();
    const known = row.get(to) ?? { answered: 0, silent: 0 };
    this.#seen.set(
      from,
      row.set(to, { answered: known.answered + Number(answered), silent: known.silent + Number(silent) }),
    );
  }

  /** What is to be said of pairs of which one end hears nothing of the other; none if there is no such pair. */
  results(stack: string): CheckResult[] {
    return [...this.#seen].flatMap(([from, row]): CheckResult[] => {
      const others = [...row].filter(([to]) => to !== from);
      const cut = others.filter(([, { answered, silent }]) => answered === 0 && silent > 0).map(([to]) => to);
      if (cut.length === 0) return [];
      const open = [...row].filter(([, { answered }]) => answered > 0).map(([to]) => to);
      const ports = cut.reduce((sum, to) => sum + (row.get(to)?.silent ?? 0), 0);
      return [
        {
          service: stack,
          check: NETWORK,
          status: 'unsure',
          detail:
            `these nodes do not reach each other in the stack’s network: ${cut.map((to) => `${from} and ${to}`).join(', ')}: ` +
            `asked from ${from}, none of the ${String(ports)} ports asked on ${cut.join(', ')} answers in time` +
            `${open.length === 0 ? '' : `, and those on ${open.join(', ')} do`}; ${OVERLAY_CAUSES}`,
        },
      ];
    });
  }
}
