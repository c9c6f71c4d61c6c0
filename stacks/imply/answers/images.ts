import * as z from 'zod';
import { imageReference } from '../../common/answers.ts';

/** The tag that the vendor's newest chart pairs with the default manager. */
export const DEFAULT_AGENT = 'imply/agent:v15';

export const images = z
  .strictObject({
    manager: imageReference.default('imply/manager:2023.03.1').describe('Manager image.'),
    agent: imageReference.default(DEFAULT_AGENT).describe('Agent image; its tags are independent of the manager’s.'),
    mysql: imageReference.default('mysql:8.4.11').describe('For the embedded store.'),
    zookeeper: imageReference.default('zookeeper:3.7.1').describe('For the embedded ZooKeeper.'),
  })
  .prefault({})
  .describe('Pinned image references.');
