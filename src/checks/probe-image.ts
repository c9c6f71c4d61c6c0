/**
 * What to do about a node that does not come to a probe, for who reads that it could not tell. The variable is moby's:
 * daemon/cluster/executor/container/controller.go, Prepare (v20.10.24 to v29).
 */
export const PROBE_IMAGE_HINT =
  'the node must have the image of verify.probeImage, or be able to pull it; if no registry answers there, ' +
  'DOCKER_SERVICE_PREFER_OFFLINE_IMAGE=1 in its engine’s environment has it start what it holds at once; if it only ' +
  'took long, run the check again';
