import type { Check } from './check.ts';

/**
 * The docker CLI that deploys is there, and agrees with the engine: `docker version`, with the environment and the
 * address that the deployment will use.
 */
export const dockerCli: Check = {
  name: 'docker-cli',
  title: 'docker CLI',
  offline: false,
  async run({ dockerCli: ask }) {
    return [{ level: 'ok', text: `${await ask()} reaches the engine` }];
  },
};
