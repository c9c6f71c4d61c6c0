/** Where this machine gets Debian's packages from, as its own apt sources say. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import {
  type AptSource,
  debianMirror,
  listName,
  parseDeb822Sources,
  parseOneLineSources,
} from '../../lab/apt-sources.ts';

const PARTS = '/etc/apt/sources.list.d';
const LISTS = '/var/lib/apt/lists';
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** A mirror of Debian, the keyring that signs it, and the release of this machine. */
export interface Mirror {
  uri: string;
  keyring: string;
  release: string;
}

/** @throws Error when the machine's sources name no mirror of Debian, or its keyring is absent. */
export function machineMirror(): Mirror {
  const release = /^VERSION_CODENAME=(\S+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '';
  const source = debianMirror(sources(), release, originOf);
  if (source === undefined) {
    throw new Error(
      'engines and images of the lab come from Debian, and the apt sources of this machine name no mirror of it',
    );
  }
  const keyring = source.signedBy ?? KEYRING;
  if (!existsSync(keyring)) throw new Error(`${keyring}: no such keyring; install debian-archive-keyring`);
  return { uri: source.uri, keyring, release };
}

function originOf(uri: string, suite: string): string | undefined {
  const name = path.join(LISTS, listName(uri, suite));
  const file = [`${name}_InRelease`, `${name}_Release`].find((each) => existsSync(each));
  return file === undefined ? undefined : /^Origin: (.*)$/m.exec(readFileSync(file, 'utf8'))?.[1];
}

function sources(): AptSource[] {
  const files = [
    '/etc/apt/sources.list',
    ...(existsSync(PARTS) ? readdirSync(PARTS).map((name) => path.join(PARTS, name)) : []),
  ];
  return files.flatMap((file) => {
    if (!existsSync(file)) return [];
    if (file.endsWith('.sources')) return parseDeb822Sources(readFileSync(file, 'utf8'));
    return file.endsWith('.list') ? parseOneLineSources(readFileSync(file, 'utf8')) : [];
  });
}
