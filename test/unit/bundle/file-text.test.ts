import { expect, test } from 'vitest';
import { fileText } from '../../../src/bundle/file-text.ts';
import { parseYaml } from '../../../src/bundle/parse.ts';
import { BundleError, EXIT } from '../../../src/errors.ts';

const YAML = '# the answers\nstack: imply\nname: "prod"\nnodes:\n  - n1 # ä\n';
const VALUE = { stack: 'imply', name: 'prod', nodes: ['n1'] };

test.each<[string, string]>([
  ['as it is', YAML],
  ['Windows line ends', YAML.replaceAll('\n', '\r\n')],
  ['line ends of old Macs', YAML.replaceAll('\n', '\r')],
  ['both', YAML.replace('\n', '\r').replace('\n', '\r\n')],
  ['a byte order mark', `\ufeff${YAML}`],
  ['a byte order mark and Windows line ends', `\ufeff${YAML.replaceAll('\n', '\r\n')}`],
  ['no line end at its end', YAML.trimEnd()],
])('a file with %s says the same', (_what, text) => {
  expect(parseYaml(fileText(Buffer.from(text), 'f'), 'f')).toEqual(VALUE);
});

test.each<[string, Buffer, string]>([
  ['UTF-16 with its mark', Buffer.from(`\ufeff${YAML}`, 'utf16le'), 'bundle.yaml is UTF-16 text'],
  ['UTF-16 of the other order', Buffer.from(`\ufeff${YAML}`, 'utf16le').swap16(), 'bundle.yaml is UTF-16 text'],
  ['UTF-16 without a mark', Buffer.from(YAML, 'utf16le'), 'bundle.yaml is UTF-16 text'],
  ['Latin-1', Buffer.from(YAML, 'latin1'), 'bundle.yaml is not UTF-8 text'],
])('%s is refused by name', (_what, content, message) => {
  try {
    fileText(content, 'bundle.yaml');
  } catch (error) {
    expect(error).toBeInstanceOf(BundleError);
    expect(error).toMatchObject({ code: 'file-encoding', exit: EXIT.usage, message });
    return;
  }
  throw new Error('nothing was refused');
});
