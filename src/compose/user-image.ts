import { familiar } from '../image/reference.ts';
import { STACK_IMAGE } from '../engine/port.ts';
import type { ServiceSpec } from './spec.ts';

/**
 * The image of a service as the user wrote it. The engine pins `name:tag` to `name:tag@sha256:…` and the CLI keeps the
 * user's words in a label; if somebody has since changed the image by other means, label and image disagree and the
 * image is the truth.
 */
export function userImage(spec: ServiceSpec): string {
  const image = spec.TaskTemplate?.ContainerSpec?.Image ?? '';
  const written = spec.Labels?.[STACK_IMAGE];
  return written !== undefined && familiar(written) === familiar(image) ? written : image;
}
