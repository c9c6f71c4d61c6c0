import { STACK_IMAGE, type ServiceSpec } from './spec.ts';

/**
 * The image of a service as the user wrote it. The engine pins `name:tag` to `name:tag@sha256:…` and the CLI keeps the user's words in a label;
 * where somebody has since changed the image by other means, label and image disagree and the image is the truth.
 */
export function userImage(spec: ServiceSpec): string {
  const image = spec.TaskTemplate?.ContainerSpec?.Image ?? '';
  const written = spec.Labels?.[STACK_IMAGE];
  return written !== undefined && familiar(written) === familiar(image) ? written : image;
}

/** Short form without digest: what distribution/reference calls familiar, with the default tag. */
function familiar(image: string): string {
  const short = image.replace(/@sha256:.*$/, '').replace(/^(index\.)?docker\.io\//, '').replace(/^library\//, '');
  return /:[^/]*$/.test(short) ? short : `${short}:latest`;
}
