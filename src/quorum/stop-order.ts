import type { Ensemble } from '../sdk/definition.ts';

/** What the order of stops follows from: quorum groups in the order in which an update goes through them. */
export type StopOrder = readonly Pick<Ensemble, 'title' | 'services' | 'isMember'>[];

/** The place of a service's group in the order of an update; -1 if it is in none. @param name key in the document */
export const groupIndex = (name: string, groups: StopOrder): number =>
  groups.findIndex(({ services, isMember }) => services.includes(name) || isMember(name));

/**
 * Whether a service has to have ended before another one is told to stop. A group may need those that an update goes
 * through before it in order to end as well as to start; whoever is in no group is in the way of nobody.
 */
export function endsBefore(name: string, other: string, groups: StopOrder): boolean {
  const index = groupIndex(other, groups);
  return index >= 0 && groupIndex(name, groups) > index;
}

/** Services that are told to stop at the same moment, once groups have ended. */
export interface StopStage<Service> {
  services: Service[];
  /** Titles of the groups that must have ended. */
  after: string[];
}

/**
 * Services in the order in which they stop: groups in the reverse of the order of an update, those that are in none
 * with the first. Empty stages are left out.
 * @param nameOf a service's key in the document
 */
export function stopStages<Service>(
  services: readonly Service[],
  nameOf: (service: Service) => string,
  groups: StopOrder,
): StopStage<Service>[] {
  const last = Math.max(0, groups.length - 1);
  const stageOf = (service: Service): number => {
    const index = groupIndex(nameOf(service), groups);
    return index < 0 ? last : index;
  };
  return Array.from({ length: last + 1 }, (_unused, turn) => last - turn)
    .map((stage) => ({
      services: services.filter((service) => stageOf(service) === stage),
      after: groups.slice(stage + 1).map(({ title }) => title),
    }))
    .filter((stage) => stage.services.length > 0);
}
