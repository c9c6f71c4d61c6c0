/** What an image is made of. */
import type { ImageSettings } from '../oci/image.ts';
import type { Layer } from '../oci/layer.ts';

export type Log = (line: string) => void;

/** One image of the lab. */
export interface Recipe {
  /** Repository in the lab's registry. */
  repository: string;
  tag: string;
  settings: ImageSettings;
  /** Its layers, the lowest first; built when they are not in the cache. */
  layers(log: Log): Promise<Layer[]>;
}

/** On all of them, so that nobody takes one for the software it stands in for. */
export const LABELS = { 'bundle.lab.image': 'true' };

export const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
