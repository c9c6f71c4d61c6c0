import { describePlan } from '../plan/describe.ts';
import { describePlacement } from '../place/describe.ts';
import type { PlacementForecast } from '../place/simulate.ts';
import type { Plan } from '../plan/plan.ts';
import type { Style } from '../ui/style.ts';

/**
 * The plan, and where its tasks will be placed, in lines for people, coloured as the style allows. The plan's own
 * summary comes last.
 */
export function planLines(plan: Plan, placement: PlacementForecast | undefined, style: Style): string[] {
  const lines = describePlan(plan);
  return [...lines.slice(0, -1), ...(placement ? describePlacement(placement) : []), ...lines.slice(-1)].map((line) =>
    colourLine(line, style),
  );
}

/** One line of a plan or of a drift, coloured by the sign it starts with. */
export function colourLine(line: string, style: Style): string {
  if (!line.startsWith(' ')) return style.bold(line);
  switch (/^ {2}(\S) /.exec(line)?.[1]) {
    case '+':
      return style.green(line);
    case '~':
    case '!':
      return style.yellow(line);
    case '-':
    case '?':
      return style.red(line);
    case '=':
      return style.dim(line);
    default:
      return line;
  }
}
