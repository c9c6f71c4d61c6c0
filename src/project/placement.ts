import { placementOf } from '../place/of-document.ts';
import type { Platform } from '../place/requirements.ts';
import type { PlacementForecast } from '../place/simulate.ts';
import type { Plan } from '../plan/plan.ts';
import type { Loaded, Survey } from '../cli/session.ts';

/**
 * Where swarm will place the bundle's services once the plan is carried out; no further question to the engine.
 * @param platforms of images, where a registry was asked
 */
export function placementOfBundle(
  loaded: Loaded,
  found: Survey,
  plan: Pick<Plan, 'services' | 'labels'>,
  platforms: Record<string, Platform[]> = {},
): PlacementForecast {
  return placementOf({
    stack: loaded.directory.bundle.name,
    document: loaded.document,
    plan,
    live: found.live,
    platforms,
  });
}
