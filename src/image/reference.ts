/**
 * Image references by the grammar of distribution/reference v0.6 (reference.go, regexp.go, normalize.go): the one
 * parser of all who take one. Engines before 23.0 know no IPv6 registry.
 */

export interface ImageReference {
  /** Registry host with its port, as written; `docker.io` if none is written. */
  domain: string;
  /** Without the registry; Hub's own images are under `library/`. */
  path: string;
  tag?: string;
  /** `sha256:…` */
  digest?: string;
}

const LABEL = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = new RegExp(String.raw`^(?:${LABEL}(?:\.${LABEL})*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?$`);
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const PATH_MAX = 255;

/**
 * The first part of a name is a registry if it has a dot, a colon or an upper-case letter, or is localhost
 * (normalize.go, splitDockerDomain).
 */
function splitDomain(name: string): { domain: string | undefined; rest: string } {
  const cut = name.indexOf('/');
  const first = name.slice(0, Math.max(cut, 0));
  const isDomain = cut > 0 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  return isDomain ? { domain: first, rest: name.slice(cut + 1) } : { domain: undefined, rest: name };
}

function splitReference(text: string): { domain: string | undefined; path: string; tag?: string; digest?: string } {
  const at = text.indexOf('@');
  const named = at < 0 ? text : text.slice(0, at);
  const { domain, rest } = splitDomain(named);
  const colon = rest.lastIndexOf(':');
  const tagged = colon > rest.lastIndexOf('/');
  return {
    domain,
    path: tagged ? rest.slice(0, colon) : rest,
    ...(tagged ? { tag: rest.slice(colon + 1) } : {}),
    ...(at < 0 ? {} : { digest: text.slice(at + 1) }),
  };
}

/** A reference in its parts, or why it is none: what is wrong, and what was probably meant. Never throws. */
export function parseReference(
  text: string,
): { reference: ImageReference; why?: undefined } | { reference?: undefined; why: string } {
  const why = mistake(text);
  if (why !== undefined) return { why };
  const { domain, path, tag, digest } = splitReference(text);
  const parts = { ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
  if (domain !== undefined && domain !== 'docker.io' && domain !== 'index.docker.io')
    return { reference: { domain, path, ...parts } };
  return { reference: { domain: 'docker.io', path: path.includes('/') ? path : `library/${path}`, ...parts } };
}

function mistake(text: string): string | undefined {
  if (text === '') return 'it is empty';
  if (text !== text.trim() || /\s/.test(text)) return 'it has a space in it';
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[0];
  if (scheme !== undefined) return `it is written without ${scheme}`;
  if (/^(sha256:)?[0-9a-f]{64}$/.test(text)) return 'it is an id; write NAME:TAG or NAME@sha256:DIGEST';
  const { domain, path, tag, digest } = splitReference(text);
  return (
    domainMistake(domain, text) ??
    pathMistake(path, domain, tag, digest) ??
    tagMistake(tag, text) ??
    digestMistake(digest)
  );
}

function domainMistake(domain: string | undefined, text: string): string | undefined {
  if (domain === undefined) return undefined;
  if (DOMAIN.test(domain)) {
    const port = Number(/:([0-9]+)$/.exec(domain)?.[1] ?? 1);
    return port >= 1 && port <= 65535 ? undefined : `"${domain}" has a port that is none: 1 to 65535`;
  }
  const address = /^[0-9a-f]*(?::[0-9a-f]*){2,}$/i.test(domain);
  if (address)
    return (
      'an IPv6 registry is written in brackets, such as ' +
      `[${domain.replace(/:([0-9]{4,5})$/, ']:$1')}${/:[0-9]{4,5}$/.test(domain) ? '' : ']'}/…`
    );
  if (domain.includes('%')) return 'an IPv6 registry has no zone (%…)';
  // By its upper case alone it counts as a registry.
  if (/^\w+$/.test(domain) && domain.includes('_'))
    return `a repository is written in lower case: ${domain.toLowerCase()}${text.slice(domain.length)}`;
  if (domain.includes('_')) return `the registry's host name "${domain}" has an underscore`;
  return `"${domain}" is no registry host, with or without a port`;
}

function pathMistake(
  path: string,
  domain: string | undefined,
  tag: string | undefined,
  digest: string | undefined,
): string | undefined {
  if (path === '')
    return domain === undefined ? 'it names no repository' : `it names the registry ${domain} and no repository`;
  const wrong = path.split('/').find((component) => !COMPONENT.test(component));
  if (wrong === undefined)
    return path.length > PATH_MAX ? `the repository has more than ${String(PATH_MAX)} characters` : undefined;
  if (
    path !== path.toLowerCase() &&
    path
      .toLowerCase()
      .split('/')
      .every((component) => COMPONENT.test(component))
  ) {
    const meant = `${domain === undefined ? '' : `${domain}/`}${path.toLowerCase()}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
    return `a repository is written in lower case: ${meant}`;
  }
  if (wrong === '') return path.endsWith('/') ? 'it ends with a slash' : 'it has an empty part between slashes';
  if (wrong.includes(':')) return 'it has a colon too many: a port comes before the first slash, one tag at the end';
  return `"${wrong}" is no part of a repository: lower-case letters and digits, with . _ - between them`;
}

function tagMistake(tag: string | undefined, text: string): string | undefined {
  if (tag === undefined || TAG.test(tag)) return undefined;
  if (tag === '') return `a tag is missing after the colon: ${text}TAG`;
  return tag.length > 128
    ? 'the tag has more than 128 characters'
    : `"${tag}" is no tag: letters, digits and _ . -, with a letter, digit or _ first`;
}

function digestMistake(digest: string | undefined): string | undefined {
  if (digest === undefined) return undefined;
  if (/^sha256:/.test(digest) && !/^sha256:[0-9a-f]{64}$/.test(digest))
    return 'a sha256 digest has 64 digits of 0-9 and a-f';
  return DIGEST.test(digest) ? undefined : 'what follows @ is no digest: sha256: and 64 digits of 0-9 and a-f';
}

/**
 * The registry of a reference, `docker.io` if none is written or it is Hub's by its other name; also of a text that is
 * none, as well as it can be read.
 */
export function domainOf(image: string): string {
  const { domain = 'docker.io' } = splitReference(image);
  return domain === 'index.docker.io' ? 'docker.io' : domain;
}

/** The reference as written, with the default tag if it has neither tag nor digest. */
export function withDefaultTag(image: string): string {
  const { tag, digest } = splitReference(image);
  return tag === undefined && digest === undefined ? `${image}:latest` : image;
}

/** What a reference pins, `sha256:…`; undefined if it pins nothing. */
export function digestIn(image: string): string | undefined {
  return splitReference(image).digest;
}

/**
 * One text for all ways to write a reference (what distribution/reference calls familiar), with the default tag and
 * without a digest.
 */
export function familiar(image: string): string {
  return `${familiarName(image)}:${splitReference(image).tag ?? 'latest'}`;
}

/** Its repository, likewise: so engines name what they store, however it was asked for. */
export function familiarName(image: string): string {
  const { domain, path } = splitReference(image);
  const hub = domain === undefined || domain === 'docker.io' || domain === 'index.docker.io';
  return hub ? path.replace(/^library\/(?=[^/]+$)/, '') : `${domain}/${path}`;
}

/** What an engine's store knows it by: of one that is pinned the tag says nothing. */
export function storedAs(image: string): string {
  const digest = digestIn(image);
  return digest === undefined ? familiar(image) : `${familiarName(image)}@${digest}`;
}
