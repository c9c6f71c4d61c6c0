import { compareVersions } from '../compare-versions.ts';
import type { RegistryLogin } from '../engine/port.ts';
import type { Check, Finding } from './check.ts';

/** The first docker CLI that reads DOCKER_AUTH_CONFIG (docker/cli: v28.3.0, cli/config/configfile/file.go). */
const READS_VARIABLE = '28.3';

/**
 * Credential helpers of the images' registries answer: docker asks them when it deploys, and the nodes pull with what
 * they say.
 */
export const registryLogin: Check = {
  name: 'registry-login',
  title: 'registry log-ins',
  offline: false,
  async run({ document, logins, dockerCli }) {
    const images = [...new Set(Object.values(document.services).map((service) => service.image))];
    // Without a CLI, its own check says so.
    const [found, version] = await Promise.all([logins(images), dockerCli().catch(() => undefined)]);
    const findings = found.flatMap((login) => findingsOf(login, version));
    return findings.length > 0 ? findings : [{ level: 'ok', text: summary(found) }];
  },
};

function findingsOf({ registry, source, trouble }: RegistryLogin, version: string | undefined): Finding[] {
  if (trouble !== undefined && source === 'config.json')
    return [
      {
        level: 'warning',
        text: `${registry}: ${trouble}`,
        hint: 'docker does the same; correct the variable or unset it',
      },
    ];
  if (trouble !== undefined) {
    return [
      {
        level: 'error',
        text: `${registry}: its log-in is asked of a helper, and ${trouble}`,
        hint:
          `docker asks it too when it deploys: make ${source} work, or take it out of credsStore or credHelpers ` +
          `in the docker CLI's config.json`,
      },
    ];
  }
  const readsIt = version === undefined || compareVersions(version, READS_VARIABLE) >= 0;
  if (source !== 'DOCKER_AUTH_CONFIG' || readsIt) return [];
  return [
    {
      level: 'warning',
      text:
        `${registry}: the log-in is in DOCKER_AUTH_CONFIG, which docker CLI ${version ?? ''} does not read, so ` +
        'that the nodes do not get it',
      hint: `docker login ${registry}; or a docker CLI of ${READS_VARIABLE} or newer`,
    },
  ];
}

function summary(found: readonly RegistryLogin[]): string {
  const known = found.filter((login) => login.known);
  return known.length === 0
    ? 'none is kept for these registries'
    : `found for ${known.map(({ registry, source }) => `${registry} (${source})`).join(', ')}`;
}
