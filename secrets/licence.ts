import type { SecretKind } from '../src/sdk/kind.ts';
import { decode, lineEnds, part, refuse } from './text.ts';

/**
 * A licence key as its vendor gave it; possibly several lines, kept to the byte but for a byte-order mark and line ends
 * of other systems.
 */
export const licence: SecretKind = {
  name: 'licence',
  title: 'licence',
  parts: ['licence'],
  accept(material) {
    const text = lineEnds(decode(part(material, 'licence'), 'licence')).replace(/\n+$/, '');
    if (text.trim() === '')
      throw refuse('licence-empty', 'the licence file is empty', ['leave the licence out to start a trial']);
    if (text.includes('\0'))
      throw refuse('licence-binary', 'the licence file is binary, not text', ['give the text of the licence key']);
    return { licence: Buffer.from(text) };
  },
  describe: () => ({}),
};
