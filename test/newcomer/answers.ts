import type { Lab } from '../../scripts/lab/lab.ts';

/**
 * What a newcomer types: the manager's image, the agent's unless it is suggested, and what only an earlier wizard asks.
 * The rest is Enter.
 */
export const newcomerAnswers = (images: { manager: string; agent: string }): (readonly [RegExp, string])[] => [
  [/^Manager image/, images.manager],
  [new RegExp(`^Agent image(?! \\(${literal(images.agent)}\\))`), images.agent],
  [/^Host directory shared/, SHARED],
  // Its default is no.
  [/^Deploy /, 'y'],
];

/** The directory that a wizard without a better suggestion asks for; made on each host before. */
const SHARED = '/srv/shared';

/**
 * Makes hosts as they are on a second try: the official images of the defaults are there, under their names, and so is
 * the shared directory. No registry outside can be reached from a lab.
 */
export async function asCached(lab: Lab, hosts: readonly string[], images: Record<string, string>): Promise<void> {
  for (const host of hosts) {
    await lab.onHost(host, ['mkdir', '-p', SHARED]);
    for (const [name, official] of OFFICIAL) {
      await lab.docker(host, ['pull', '-q', images[name] ?? '']);
      await lab.docker(host, ['tag', images[name] ?? '', official]);
    }
  }
}

const OFFICIAL = [
  ['mysql', 'mysql:8.4.11'],
  ['zookeeper', 'zookeeper:3.7.1'],
] as const;

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
