import type { OtherImage } from '../common/other-images.ts';

/** The image's Dockerfile: apache/kafka, docker/jvm. What the start runs of it: start.ts. */
export const OFFICIAL_KAFKA = {
  name: 'apache/kafka',
  contract:
    '/etc/kafka/docker/run, which starts it, on the programs in /opt/kafka/bin, and on data in /var/lib/kafka/data',
};

/**
 * The Dockerfiles and entry scripts of each: bitnami/containers, confluentinc/kafka-images; apache/kafka,
 * docker/native.
 */
export const OTHER_KAFKAS: readonly OtherImage[] = [
  {
    repository: /(^|\/)bitnami(legacy|secure)?\/|(^|\/)bitnami-kafka$/,
    contract: 'Bitnami’s has a start of its own, and its programs in /opt/bitnami/kafka/bin',
  },
  {
    repository: /(^|\/)(confluentinc\/|cp-(kafka|server)$)/,
    contract: 'Confluent’s is started by /etc/confluent/docker/run, and has no /opt/kafka',
  },
  {
    repository: /(^|\/)kafka-native$/,
    contract: 'the native one is a single binary (/opt/kafka/kafka.Kafka) without the programs in /opt/kafka/bin',
  },
];
