import { expect, it } from 'vitest';
import { missingTools } from '../../support/tools.ts';

it.each([
  [{ postgres: true, openssl: true }, []],
  [{ postgres: false, openssl: true }, ['postgresql']],
  [{ postgres: false, openssl: false }, ['postgresql', 'openssl']],
])('what is not here, %o, is installed: %o', (has, packages) => expect(missingTools(has)).toEqual(packages));
