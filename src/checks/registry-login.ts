import type { RegistryLogin } from '../engine/port.ts';
import type { Check, Finding } from './check.ts';

/**
 * Credential helpers of the images' registries answer: docker asks them when it deploys, and the nodes pull with what
 * they say. Without a log-in here services keep the one that they were deployed with, which no engine shows.
 */
export const registryLogin: Check = {
  name: 'registry-login',
  title: 'registry log-ins',
  offline: false,
  async run({ document, logins }) {
    const images = [...new Set(Object.values(document.services).map((service) => service.image))];
    const found = await logins(images);
    const findings = found.flatMap(findingsOf);
    return findings.length > 0 ? findings : [{ level: 'ok', text: summary(found) }];
  },
};

function findingsOf({ registry, source, trouble }: RegistryLogin): Finding[] {
  if (trouble === undefined) return [];
  if (source === 'config.json')
    return [
      {
        level: 'warning',
        text: `${registry}: ${trouble}`,
        hint: 'docker does the same; correct the variable or unset it',
      },
    ];
  if (source === 'DOCKER_AUTH_CONFIG')
    return [
      { level: 'warning', text: `${registry}: ${trouble}`, hint: `docker login ${registry}; or a newer docker CLI` },
    ];
  return [
    {
      level: 'error',
      text: `${registry}: its log-in is asked of a helper, and ${trouble}`,
      hint:
        `docker asks it too when it deploys: make ${source} work, or take it out of credsStore or credHelpers ` +
        `in the docker CLI's config.json; with --ignore registry-login services keep the log-in that they were ` +
        'deployed with, and new ones get none',
    },
  ];
}

function summary(found: readonly RegistryLogin[]): string {
  const known = found.filter((login) => login.known);
  const others = found.filter((login) => !login.known).map(({ registry }) => registry);
  const kept = 'services keep the one that they were deployed with';
  if (known.length === 0) return `none is kept here for these registries; ${kept}`;
  const here = `found for ${known.map(({ registry, source }) => `${registry} (${source})`).join(', ')}`;
  return others.length === 0 ? here : `${here}; none for ${others.join(', ')}, whose ${kept}`;
}
