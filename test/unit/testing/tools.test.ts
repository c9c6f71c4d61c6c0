import { expect, it } from 'vitest';
import { missingTools } from '../../support/tools.ts';

it.each([
  [[], []],
  [['postgres'], ['postgresql']],
  [
    ['postgres', 'openssl'],
    ['postgresql', 'openssl'],
  ],
  [
    ['javac', 'keytool', 'curl'],
    ['default-jdk-headless', 'curl'],
  ],
  // A JRE alone has the one and not the other.
  [['javac'], ['default-jdk-headless']],
])('what is not here, %j, is installed: %j', (missing, packages) =>
  expect(missingTools((program) => !missing.includes(program))).toEqual(packages),
);
