import type { StackDocument } from '../compose/types.ts';
import type { RunbookSection, SecretNeed } from '../sdk/definition.ts';

/** The way out for who has no backup of `secrets/`: for hints. */
export const NO_BACKUP =
  'without a backup: `bundle init --new-secrets` makes what is missing anew, and says what restarts and what must be ' +
  'changed elsewhere';

/** What follows if a secret is made anew. */
export interface NewSecret {
  need: SecretNeed;
  /** Services that mount it. */
  services: string[];
}

/** The services that mount each secret; a secret that none mounts has none. */
export function usersOf(needs: readonly SecretNeed[], document: StackDocument): NewSecret[] {
  return needs.map((need) => {
    const files = new Set(Object.values(need.files));
    const services = Object.entries(document.services).filter(([, { secrets = [] }]) =>
      secrets.some(({ source }) => files.has(source)),
    );
    return { need, services: services.map(([name]) => name) };
  });
}

/**
 * What a new version of these secrets means for those who run the cluster: which services restart, and what must be
 * changed elsewhere.
 */
export function consequences(made: readonly NewSecret[]): string[] {
  const restarts = [...new Set(made.flatMap(({ services }) => services))];
  const elsewhere = made.flatMap(({ need }) =>
    need.elsewhere === undefined ? [] : [`${need.secret}: ${need.elsewhere}`],
  );
  return [
    ...(restarts.length === 0 ? [] : [`\`bundle deploy\` restarts ${restarts.join(', ')}`]),
    ...elsewhere.map((text) => `elsewhere: ${text}`),
  ];
}

/** The runbook's section; nothing for a bundle without secrets. */
export function lostSecretsSection(needs: readonly SecretNeed[], document: StackDocument): RunbookSection[] {
  if (needs.length === 0) return [];
  const lines = usersOf(needs, document).map(({ need, services }) => {
    const how = need.mustBeGiven || !need.kind.generate ? 'must be given again' : 'is made anew';
    const restarts = services.length === 0 ? '' : `; restarts ${services.join(', ')}`;
    const elsewhere = need.elsewhere === undefined ? '' : `. Elsewhere: ${need.elsewhere}`;
    return `- \`${need.secret}\` (${need.purpose}) ${how}${restarts}${elsewhere}`;
  });
  const given = needs.filter((need) => need.mustBeGiven || !need.kind.generate);
  const sets = given.flatMap(({ inputs }) => Object.values(inputs).map((input) => ` --set secretFiles.${input}=FILE`));
  const markdown = [
    'Restore it from your backup: nothing restarts. Without a backup there is no way to read a secret back from the ' +
      'swarm. What is missing is then made anew as the next version, or must be given; what is still in `secrets/` ' +
      'stays. What runs goes on with the old versions until `bundle deploy`.',
    ['```sh', `bundle init . --new-secrets${sets.join('')}`, 'bundle plan', 'bundle deploy', '```'].join('\n'),
    lines.join('\n'),
  ].join('\n\n');
  return [{ title: 'When `secrets/` is lost', markdown }];
}
