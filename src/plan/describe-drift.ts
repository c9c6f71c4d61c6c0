import { agoText } from '../span.ts';
import type { Drift, DriftedField, DriftedLabel, DriftedService } from './drift.ts';

/**
 * A drift in lines for people, without colour; none if there is none. Every line below the heading starts with `!`
 * after two spaces, or is indented below one that does.
 */
export function describeDrift({ release, services, labels }: Drift, now: Date): string[] {
  if (services.length + labels.length === 0) return [];
  return [
    `Changed by hand since release ${release.number} (${agoText(release.at, now)}, ${release.by})`,
    ...services.flatMap((service) => serviceLines(service, release.number)),
    ...labels.map((label) => `  ! ${labelText(label)}`),
  ];
}

function labelText({ kind, node, key, gone, joinedAgainAs }: DriftedLabel): string {
  if (gone === true) return `${node} is not in the swarm any more, and its label ${key} with it`;
  return joinedAgainAs === undefined
    ? `${node}: label ${key} was ${kind}`
    : `${node} joined the swarm again as ${joinedAgainAs}, without its label ${key}`;
}

function serviceLines({ name, kind, changes, rolledBack }: DriftedService, release: number): string[] {
  if (kind === 'removed') return [`  ! ${name} was removed`];
  if (kind === 'added') return [`  ! ${name} was added: no release of this stack made it`];
  return [
    `  ! ${name}${rolledBack ? ' was rolled back by the swarm after a failed update' : ''}`,
    ...changes.map((change) => `      ${fieldText(change, release)}`),
  ];
}

function fieldText({ field, kind, released, found, foreignSecret }: DriftedField, release: number): string {
  if (foreignSecret === true)
    return (
      `foreign secret ${found ?? ''} mounted as ` +
      `${field.slice('secret '.length)}${released === undefined ? '' : ` (release ${release} has ${released})`}`
    );
  if (kind === 'added') return `${field} added${found === undefined ? '' : `: ${found}`}`;
  if (kind === 'removed')
    return `${field} removed${released === undefined ? '' : ` (release ${release} has ${released})`}`;
  return released === undefined || found === undefined
    ? `${field} changed`
    : `${field}: ${released} → ${found} (release ${release} has ${released})`;
}
