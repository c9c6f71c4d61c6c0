/** Of a node whose state is unknown, in words that go on: it is not known to be down. */
export const unheardText = (name: string): string =>
  `the swarm has not heard of ${name} since its managers elected a leader`;

export const UNHEARD_HINT = 'run the command again in half a minute: by then the swarm has it ready, or down';
