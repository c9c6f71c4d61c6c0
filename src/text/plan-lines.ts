import { describePlan } from '../plan/describe.ts';
import { describePlacement, whereOf } from '../place/describe.ts';
import type { PlacementForecast } from '../place/simulate.ts';
import { NODE_FIELD } from '../plan/diff.ts';
import type { Plan } from '../plan/changes.ts';
import { fold } from '../ui/layout.ts';
import type { Screen } from '../ui/screen.ts';
import type { Style } from '../ui/style.ts';

/**
 * The plan, and where its tasks will be placed, in lines for people that fit the screen. The plan's own summary comes
 * last.
 * @param wide each service by itself, and images in full
 * @param otherOnDisk `otherValues`
 */
export function planLines(
  plan: Plan,
  placement: PlacementForecast | undefined,
  screen: Screen,
  wide?: boolean,
  otherOnDisk?: ReadonlySet<string>,
): string[] {
  const lines = describePlan(plan, { wide, otherOnDisk, ...(placement && { where: whereOf(placement) }) });
  const told = plan.services.filter(
    ({ action, changes }) => action === 'create' || changes.some(({ field }) => field === NODE_FIELD),
  );
  const where = placement ? describePlacement(placement, new Set(told.map(({ name }) => name))) : [];
  return screenLines([...lines.slice(0, -1), ...where, ...lines.slice(-1)], screen);
}

/** Lines of a plan or of a drift, folded, each coloured by the sign it starts with. */
export function screenLines(lines: readonly string[], { style, width }: Screen): string[] {
  return lines.flatMap((line) => fold(line, width).map((part) => colourOf(line, style)(part)));
}

function colourOf(line: string, style: Style): (text: string) => string {
  switch (/^(?: {2})?([-+~!?=]) /.exec(line)?.[1]) {
    case '+':
      return style.green;
    case '~':
    case '!':
      return style.yellow;
    case '-':
    case '?':
      return style.red;
    case '=':
      return style.dim;
    default:
      return line.startsWith(' ') ? (text) => text : style.bold;
  }
}
