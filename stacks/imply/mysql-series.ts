import type { OneWay } from '../../src/sdk/definition.ts';
import { parseReference } from '../../src/sdk/helpers.ts';
import { storeEmbedded, type ImplyAnswers } from './answers.ts';
import { MYSQL } from './members.ts';

/** The first release of 8.0 that takes data of a later one. */
const FIRST_OF_80 = 35;

/**
 * The embedded store: MySQL starts on data of a later release of its own series alone, and of 8.0 from 8.0.35 on (MySQL
 * Reference Manual, "Downgrading MySQL"; errors MY-014061 and MY-013171).
 */
export const oneWay = (answers: ImplyAnswers): OneWay[] =>
  storeEmbedded(answers)
    ? [
        {
          service: MYSQL,
          seriesOf: mysqlSeries,
          why: 'MySQL does not start on the data of a later series',
          instead: 'name the image that ran in `images.mysql`, or see “Another version of MySQL” in the runbook',
        },
      ]
    : [];

/** The series of a MySQL, by the tag of its image; undefined if that has no version, or it is another program. */
export function mysqlSeries(image: string): number[] | undefined {
  const { path = '', tag = '' } = parseReference(image).reference ?? {};
  if (!/(^|\/)(mysql|percona)(-server)?$/.test(path)) return undefined;
  const [, major, minor, patch] = /^(\d+)\.(\d+)(?:\.(\d+))?(?![\d.])/.exec(tag) ?? [];
  if (major === undefined || minor === undefined) return undefined;
  const series = [Number(major), Number(minor)];
  const hasPatches = major === '8' && minor === '0' && patch !== undefined;
  return hasPatches ? [...series, Math.min(Number(patch), FIRST_OF_80)] : series;
}
