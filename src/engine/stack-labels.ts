/** Labels that `docker stack deploy` puts on what it makes (docker/cli, cli/compose/convert). */
export const STACK_NAMESPACE = 'com.docker.stack.namespace';
export const STACK_IMAGE = 'com.docker.stack.image';
