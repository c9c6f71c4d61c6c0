import type { Lab } from '../../scripts/lab/lab.ts';

/**
 * What a newcomer types: the two images unless they are suggested, and what only an earlier wizard asks. The rest is
 * Enter.
 */
export const newcomerAnswers = (images: { manager: string; agent: string }): (readonly [RegExp, string])[] => [
  [unlessSuggested('Manager image', images.manager), images.manager],
  [unlessSuggested('Agent image', images.agent), images.agent],
  [/^Host directory shared/, SHARED],
  // Its default is no.
  [/^Deploy /, 'y'],
];

const unlessSuggested = (question: string, image: string): RegExp =>
  new RegExp(`^${question}(?! \\(${literal(image)}\\))`);

/** The directory that a wizard without a better suggestion asks for; made on each host before. */
const SHARED = '/srv/shared';

/**
 * Makes hosts as they are on a second try: the images are there, the official ones of the defaults under their names,
 * and so is the shared directory. No registry outside can be reached from a lab.
 */
export async function asCached(lab: Lab, hosts: readonly string[], images: Record<string, string>): Promise<void> {
  for (const host of hosts) {
    await lab.onHost(host, ['mkdir', '-p', SHARED]);
    for (const image of Object.values(images)) await lab.docker(host, ['pull', '-q', image]);
    for (const [name, official] of OFFICIAL) await lab.docker(host, ['tag', images[name] ?? '', official]);
  }
}

const OFFICIAL = [
  ['mysql', 'mysql:8.4.11'],
  ['zookeeper', 'zookeeper:3.7.1'],
] as const;

const literal = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
