import { describe, expect, test } from 'vitest';
import { isNamed, isWanted, unknownWords } from '../../../src/verify/select.ts';

const known = { services: ['imply-manager', 'imply-data-1'], checks: ['TLS', 'https'] };
const wanted = (only: string[], skip: string[]) =>
  known.services.flatMap((service) =>
    known.checks
      .filter((check) => isWanted({ only, skip }, service, check, known))
      .map((check) => `${service} ${check}`),
  );

describe('--only and --skip', () => {
  test.each<[string[], string[], string[]]>([
    [[], [], ['imply-manager TLS', 'imply-manager https', 'imply-data-1 TLS', 'imply-data-1 https']],
    [['tls'], [], ['imply-manager TLS', 'imply-data-1 TLS']],
    [['imply-manager'], [], ['imply-manager TLS', 'imply-manager https']],
    [['TLS', 'imply-manager'], [], ['imply-manager TLS']],
    [['TLS', 'https'], ['imply-data-1'], ['imply-manager TLS', 'imply-manager https']],
    [[], ['HTTPS'], ['imply-manager TLS', 'imply-data-1 TLS']],
    [['TLS'], ['TLS'], []],
  ])('only %j skip %j', (only, skip, left) => expect(wanted(only, skip)).toEqual(left));

  test('a word is asked for by name in whatever case', () => {
    expect(['tls', 'TLS', 'https'].map((word) => isNamed({ only: ['Tls'] }, word))).toEqual([true, true, false]);
  });

  test('a word that names nothing', () => {
    expect(unknownWords({ only: ['TSL', 'tls'], skip: ['imply-data-1', 'x'] }, known)).toEqual(['TSL', 'x']);
  });
});
