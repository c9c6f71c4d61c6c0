import { describe, expect, it } from 'vitest';
import { mysqlSeries, oneWay } from '../../../stacks/imply/mysql-series.ts';
import { cluster } from './imply.ts';
import type { ImplyAnswers } from '../../../stacks/imply/answers.ts';

describe('the series of a MySQL', () => {
  it.each<[image: string, series: number[] | undefined]>([
    ['mysql:8.4.11', [8, 4]],
    ['mysql:8.4', [8, 4]],
    ['mysql:9.1.0-oraclelinux9', [9, 1]],
    ['registry.example.org:5000/hub/mysql:9.7.2@sha256:' + 'a'.repeat(64), [9, 7]],
    ['mysql/mysql-server:5.7.44', [5, 7]],
    ['percona/percona-server:8.4.2-2', [8, 4]],
    // Of 8.0 only releases from 8.0.35 on take data of later ones.
    ['mysql:8.0.34', [8, 0, 34]],
    ['mysql:8.0.35', [8, 0, 35]],
    ['mysql:8.0.46', [8, 0, 35]],
    ['mysql:8.0', [8, 0]],
    ['mysql:8', undefined],
    ['mysql:lts', undefined],
    ['mysql', undefined],
    ['mysql:8.4.1.2', undefined],
    ['mariadb:11.4.2', undefined],
    ['example.org/our-mysql-image:1.2.3', undefined],
    ['mysql@sha256:' + 'a'.repeat(64), undefined],
  ])('%s: %j', (image, series) => {
    expect(mysqlSeries(image)).toEqual(series);
  });

  it('matters of the embedded store alone', () => {
    expect(oneWay(cluster().answers as ImplyAnswers)).toMatchObject([{ service: 'mysql' }]);
    const outside = cluster({ store: { host: 'db.example.org', user: 'imply' } });
    expect(oneWay(outside.answers as ImplyAnswers)).toEqual([]);
  });
});
