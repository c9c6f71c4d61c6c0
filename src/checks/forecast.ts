import { placementOf } from '../place/of-document.ts';
import { schedulerPlatforms, type Platform } from '../place/requirements.ts';
import type { PlacementForecast } from '../place/simulate.ts';
import type { CheckContext } from './check.ts';

const made = new WeakMap<CheckContext, Promise<PlacementForecast>>();

/**
 * Where swarm would place the document's services: made once for all checks of a context, which must have a live swarm. An image that no registry
 * tells of is taken to run anywhere.
 */
export function forecastOf(context: CheckContext): Promise<PlacementForecast> {
  const known = made.get(context);
  if (known !== undefined) return known;
  const forecast = makeForecast(context);
  made.set(context, forecast);
  return forecast;
}

async function makeForecast({ stack, document, live, planned, inRegistry }: CheckContext): Promise<PlacementForecast> {
  const images = [...new Set(Object.values(document.services).map((service) => service.image))];
  const answers = await Promise.all(images.map((image) => inRegistry(image).then(({ platforms }) => ({ image, platforms }), () => undefined)));
  const platforms: Record<string, Platform[]> = {};
  for (const answer of answers) if (answer !== undefined && answer.platforms.length > 0) platforms[answer.image] = schedulerPlatforms(answer.platforms);
  return placementOf({ stack, document, plan: planned(), live: live ?? { nodes: [], services: [], tasks: [] }, platforms });
}
