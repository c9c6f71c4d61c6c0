#!/bin/sh
# Rendered by `bundle render --target run`: README.md beside this file says how to use it.
set -eu
cd -- "$(dirname -- "$0")" >/dev/null
here=$(pwd -P)
case $here in
  *[,\"]*) echo "$here: a path with a comma or a quote cannot be mounted; move this folder" >&2; exit 1 ;;
esac
# One that docker made and could not start, say for a port that was taken, is made anew.
there() {
  case $(docker container inspect --format '{{.State.Status}}' "$1" 2>/dev/null) in
    '') return 1 ;;
    created) docker rm "$1" >/dev/null; return 1 ;;
  esac
  echo "$1 is there already; it is left as it is"
}

docker network inspect prod_imply >/dev/null 2>&1 || docker network create prod_imply

# imply-data-1
there prod_imply-data-1 || docker run \
  --detach --name prod_imply-data-1 \
  --label bundle.stack=prod \
  --label bundle.service=imply-data-1 \
  --network prod_imply \
  --network-alias imply-data-1 \
  --add-host mysql:10.0.0.11 \
  --add-host zookeeper-1:10.0.0.11 \
  --add-host imply-manager:10.0.0.11 \
  --add-host imply-master-1:10.0.0.11 \
  --add-host imply-query-1:10.0.0.12 \
  --publish 8100-8199:8100-8199 \
  --publish 8283:8283 \
  --publish 8291:8291 \
  --publish 9994:9994 \
  --publish 9997:9997 \
  --env-file imply-data-1.env \
  --mount type=bind,source="$here"/secrets/prod_imply-ca.crt.v1,target=/run/secrets/imply-ca.crt,readonly \
  --mount type=bind,source="$here"/secrets/prod_imply-auth-token.v1,target=/run/secrets/imply-auth-token,readonly \
  --mount type=volume,source=prod_imply-data-1-var,target=/mnt/var \
  --mount type=volume,source=prod_imply-data-1-tmp,target=/mnt/tmp \
  --hostname imply-data-1 \
  --stop-timeout 86400 \
  --log-driver json-file \
  --log-opt max-file=5 \
  --log-opt max-size=50m \
  --restart unless-stopped \
  imply/agent:v15
