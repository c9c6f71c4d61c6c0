import { TIMED_OUT, within } from '../swarm/clock.ts';
import { placementOf } from '../place/of-document.ts';
import { schedulerPlatforms, type Platform } from '../place/requirements.ts';
import type { PlacementForecast } from '../place/simulate.ts';
import { stagesOf } from '../quorum/stages.ts';
import type { CheckContext } from './check.ts';

const made = new WeakMap<CheckContext, Promise<PlacementForecast>>();

/** A registry that is slower tells nothing here: the check of images waits for it, and says so. */
const REGISTRY_MS = 4_000;

/**
 * Where swarm would place the document's services: made once for all checks of a context, which must have a live swarm.
 * An image that no registry tells of is taken to run anywhere.
 */
export function forecastOf(context: CheckContext): Promise<PlacementForecast> {
  const known = made.get(context);
  if (known !== undefined) return known;
  const forecast = makeForecast(context);
  made.set(context, forecast);
  return forecast;
}

async function makeForecast(context: CheckContext): Promise<PlacementForecast> {
  const { stack, document, live, planned } = context;
  const changes = planned();
  const images = [...new Set(Object.values(document.services).map((service) => service.image))];
  const answers = await Promise.all(images.map((image) => platformsOf(image, context)));
  const platforms: Record<string, Platform[]> = {};
  for (const answer of answers)
    if (answer !== undefined && answer.platforms.length > 0)
      platforms[answer.image] = schedulerPlatforms(answer.platforms);
  return placementOf({
    stack,
    document,
    plan: changes,
    ...(context.byHand ? {} : { stages: stagesOf(changes, context.plan) }),
    live: live ?? { nodes: [], services: [], tasks: [] },
    platforms,
  });
}

async function platformsOf(
  image: string,
  { inRegistry, clock }: CheckContext,
): Promise<{ image: string; platforms: Platform[] } | undefined> {
  const answer = await within(
    inRegistry(image).catch(() => undefined),
    REGISTRY_MS,
    clock,
  );
  return answer === TIMED_OUT || answer === undefined ? undefined : { image, platforms: answer.platforms };
}
