/** Reading the machine's own apt sources: which mirror has Debian's packages, and whose signature it bears. Pure. */

export interface AptSource {
  uri: string;
  suites: string[];
  components: string[];
  /** Path of a keyring file, when the source names one. */
  signedBy?: string;
}

/** Sources in the one-line format (sources.list(5)): `deb [signed-by=FILE] URI SUITE COMPONENT...`. */
export function parseOneLineSources(text: string): AptSource[] {
  return text.split('\n').flatMap((line): AptSource[] => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line);
    if (match === null) return [];
    const [, options = '', uri = '', suite = '', components = ''] = match;
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1];
    return [{ uri, suites: [suite], components: words(components), ...(signedBy === undefined ? {} : { signedBy }) }];
  });
}

/** Sources in the deb822 format (`*.sources`): paragraphs of `Key: value`, a value going on in indented lines. */
export function parseDeb822Sources(text: string): AptSource[] {
  const paragraphs = text
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .split(/\n\s*\n/);
  return paragraphs.flatMap((paragraph): AptSource[] => {
    const fields = deb822Fields(paragraph);
    if (!words(fields.get('types')).includes('deb') || /^no$/i.test(fields.get('enabled') ?? '')) return [];
    const signedBy = fields.get('signed-by');
    return words(fields.get('uris')).map((uri) => ({
      uri,
      suites: words(fields.get('suites')),
      components: words(fields.get('components')),
      // A key may also stand in the paragraph itself; only a file's name is of use here.
      ...(signedBy?.startsWith('/') ? { signedBy } : {}),
    }));
  });
}

/** What the Release file of a source's suite calls its origin; undefined if apt has fetched none. */
export type OriginOf = (uri: string, suite: string) => string | undefined;

/**
 * Among a machine's sources, the one that has Debian itself (not its security updates, nor another vendor, whose suites
 * have names of Debian's too): it names a Debian release and `main`, and is Debian's by what it says of itself, by its
 * keyring, or by a path as Debian's mirrors have it.
 *
 * @param codename the release that is installed (VERSION_CODENAME of os-release(5)).
 */
export function debianMirror(
  sources: readonly AptSource[],
  codename: string,
  originOf: OriginOf,
): AptSource | undefined {
  const names = new Set([codename, 'stable', 'oldstable', 'testing', 'unstable', 'sid']);
  return sources.find(({ uri, suites, components, signedBy }) => {
    const suite = suites.find((one) => names.has(one));
    if (suite === undefined || !components.includes('main')) return false;
    const origin = originOf(uri, suite);
    if (origin !== undefined) return origin === 'Debian';
    if (signedBy !== undefined) return /\/debian-archive[^/]*$/.test(signedBy);
    return /^[a-z+]+:\/\/[^/]+(\/[^/]+)?\/debian\/?$/.test(uri);
  });
}

/**
 * What apt calls the lists of a source's suite, without an ending (apt-pkg: URItoFileName).
 * @param uri as the source has it
 */
export function listName(uri: string, suite: string): string {
  const place = `${uri.replace(/^[a-z+]+:\/*([^/@]*@)?/, '').replace(/\/$/, '')}/dists/${suite}`;
  const quoted = place.replace(
    /[\\|{}[\]<>"^~_=!@#$%&*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
  return quoted.replaceAll('/', '_');
}

function deb822Fields(paragraph: string): Map<string, string> {
  const fields = new Map<string, string>();
  let key = '';
  for (const line of paragraph.split('\n')) {
    const start = /^([A-Za-z0-9-]+):\s*(.*)$/.exec(line);
    if (start !== null) {
      key = (start[1] ?? '').toLowerCase();
      fields.set(key, (start[2] ?? '').trim());
    } else if (/^\s/.test(line) && key !== '') {
      fields.set(key, `${fields.get(key) ?? ''} ${line.trim()}`.trim());
    }
  }
  return fields;
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(/\s+/).filter((word) => word !== '');
}
