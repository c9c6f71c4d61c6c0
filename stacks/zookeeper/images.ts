import type { OtherImage } from '../common/other-images.ts';

/** docker-library: zookeeper. */
export const OFFICIAL_ZOOKEEPER = {
  name: 'zookeeper',
  contract: 'ZOO_MY_ID and ZOO_SERVERS, and on data in /data and /datalog',
};

/** The READMEs and entry scripts of each: bitnami/containers, confluentinc/kafka-images, canonical/zookeeper-rock. */
export const OTHER_ZOOKEEPERS: readonly OtherImage[] = [
  {
    repository: /(^|\/)bitnami(legacy|secure)?\/|(^|\/)bitnami-zookeeper$/,
    contract:
      'Bitnami’s takes ZOO_SERVER_ID, refuses to start without ALLOW_ANONYMOUS_LOGIN, and keeps data in /bitnami/zookeeper',
  },
  {
    repository: /(^|\/)(confluentinc\/|cp-zookeeper$)/,
    contract:
      'Confluent’s takes ZOOKEEPER_SERVER_ID and ZOOKEEPER_SERVERS, and keeps data in /var/lib/zookeeper/data and ' +
      '/var/lib/zookeeper/log',
  },
  {
    repository: /(^|\/)ubuntu\/zookeeper$/,
    contract: 'Canonical’s is set by a file, and keeps data in /var/lib/zookeeper',
  },
];
