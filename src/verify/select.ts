/** Words of `--only` and `--skip`, each the name of a check or of a service; case does not matter. */
export interface Selection {
  only: readonly string[];
  skip: readonly string[];
}

export const EVERYTHING: Selection = { only: [], skip: [] };

/**
 * Whether a check of a service is wanted. Of `only`, services and checks are two questions (`--only TLS --only
 * web` is that one); what `skip` names by either is left out.
 */
export function isWanted(selection: Selection, service: string, check: string, known: KnownNames): boolean {
  const { only } = selection;
  const services = only.filter((word) => said(known.services, word));
  const checks = only.filter((word) => !said(known.services, word));
  return (
    !isSkipped(selection, service, check) &&
    (services.length === 0 || said(services, service)) &&
    (checks.length === 0 || said(checks, check))
  );
}

/**
 * Whether this very word was asked for. What is told of only if it fails passes, too, for who asks for it by name: no
 * result is no answer.
 */
export const isNamed = ({ only }: Pick<Selection, 'only'>, name: string): boolean => said(only, name);

/** Whether nothing is left out. */
export const isWhole = ({ only, skip }: Selection): boolean => only.length === 0 && skip.length === 0;

/** Whether these checks are made of every service. */
export const leavesNone = (
  { only, skip }: Selection,
  checks: readonly string[],
  { services }: Pick<KnownNames, 'services'>,
): boolean => only.length === 0 && !skip.some((word) => said(services, word) || said(checks, word));

/** Whether it is left out by its own name. */
export function isSkipped({ skip }: Selection, service: string, check: string): boolean {
  return said(skip, service) || said(skip, check);
}

function said(words: readonly string[], name: string): boolean {
  return words.some((word) => word.toLowerCase() === name.toLowerCase());
}

/** Every name that may be said. */
export interface KnownNames {
  services: readonly string[];
  checks: readonly string[];
}

/** The words that name nothing. */
export function unknownWords({ only, skip }: Selection, { services, checks }: KnownNames): string[] {
  const names = new Set([...services, ...checks].map((name) => name.toLowerCase()));
  return [...only, ...skip].filter((word) => !names.has(word.toLowerCase()));
}
