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

# mysql
there prod_mysql || docker run \
  --detach --name prod_mysql \
  --label bundle.stack=prod \
  --label bundle.service=mysql \
  --network host \
  --add-host mysql:10.0.0.11 \
  --add-host zookeeper-1:10.0.0.11 \
  --add-host imply-manager:10.0.0.11 \
  --add-host imply-master-1:10.0.0.11 \
  --add-host imply-query-1:10.0.0.12 \
  --add-host imply-data-1:10.0.0.13 \
  --env-file mysql.env \
  --mount type=bind,source="$here"/secrets/prod_store-password.v1,target=/run/secrets/store-password,readonly \
  --mount type=volume,source=prod_mysql-data,target=/var/lib/mysql \
  --hostname mysql \
  --health-cmd 'mysqladmin ping -h 127.0.0.1 --silent' \
  --health-interval 5s \
  --health-timeout 5s \
  --health-retries 12 \
  --health-start-period 2m \
  --stop-timeout 120 \
  --log-driver json-file \
  --log-opt max-file=5 \
  --log-opt max-size=50m \
  --restart unless-stopped \
  mysql:8.4.11 --character-set-server=utf8mb4

# zookeeper-1
there prod_zookeeper-1 || docker run \
  --detach --name prod_zookeeper-1 \
  --label bundle.stack=prod \
  --label bundle.service=zookeeper-1 \
  --network host \
  --add-host mysql:10.0.0.11 \
  --add-host zookeeper-1:10.0.0.11 \
  --add-host imply-manager:10.0.0.11 \
  --add-host imply-master-1:10.0.0.11 \
  --add-host imply-query-1:10.0.0.12 \
  --add-host imply-data-1:10.0.0.13 \
  --env-file zookeeper-1.env \
  --mount type=volume,source=prod_zookeeper-1-data,target=/data \
  --mount type=volume,source=prod_zookeeper-1-datalog,target=/datalog \
  --hostname zookeeper-1 \
  --health-cmd 'echo ruok | nc -w 2 127.0.0.1 2181 | grep -q imok' \
  --health-interval 5s \
  --health-timeout 5s \
  --health-retries 12 \
  --health-start-period 1m \
  --stop-timeout 60 \
  --log-driver json-file \
  --log-opt max-file=5 \
  --log-opt max-size=50m \
  --restart unless-stopped \
  zookeeper:3.7.1

# imply-manager
there prod_imply-manager || docker run \
  --detach --name prod_imply-manager \
  --label bundle.stack=prod \
  --label bundle.service=imply-manager \
  --network host \
  --add-host mysql:10.0.0.11 \
  --add-host zookeeper-1:10.0.0.11 \
  --add-host imply-manager:10.0.0.11 \
  --add-host imply-master-1:10.0.0.11 \
  --add-host imply-query-1:10.0.0.12 \
  --add-host imply-data-1:10.0.0.13 \
  --env-file imply-manager.env \
  --mount type=bind,source="$here"/secrets/prod_imply-ca.crt.v1,target=/run/secrets/imply-ca.crt,readonly \
  --mount type=bind,source="$here"/secrets/prod_imply-auth-token.v1,target=/run/secrets/imply-auth-token,readonly \
  --mount type=bind,source="$here"/secrets/prod_imply-ca.key.v1,target=/run/secrets/imply-ca.key,readonly \
  --mount type=bind,source="$here"/secrets/prod_store-password.v1,target=/run/secrets/imply.io/IMPLY_MANAGER_STORE_PASSWORD,readonly \
  --mount type=bind,source="$here"/secrets/prod_store-password.v1,target=/run/secrets/imply.io/imply_defaults_metadataStoragePassword,readonly \
  --mount type=volume,source=prod_imply-manager-var,target=/mnt/var \
  --hostname imply-manager \
  --stop-timeout 120 \
  --log-driver json-file \
  --log-opt max-file=5 \
  --log-opt max-size=50m \
  --restart unless-stopped \
  imply/manager:2023.03.1

# imply-master-1
there prod_imply-master-1 || docker run \
  --detach --name prod_imply-master-1 \
  --label bundle.stack=prod \
  --label bundle.service=imply-master-1 \
  --network host \
  --add-host mysql:10.0.0.11 \
  --add-host zookeeper-1:10.0.0.11 \
  --add-host imply-manager:10.0.0.11 \
  --add-host imply-master-1:10.0.0.11 \
  --add-host imply-query-1:10.0.0.12 \
  --add-host imply-data-1:10.0.0.13 \
  --env-file imply-master-1.env \
  --mount type=bind,source="$here"/secrets/prod_imply-ca.crt.v1,target=/run/secrets/imply-ca.crt,readonly \
  --mount type=bind,source="$here"/secrets/prod_imply-auth-token.v1,target=/run/secrets/imply-auth-token,readonly \
  --mount type=volume,source=prod_imply-master-1-var,target=/mnt/var \
  --hostname imply-master-1 \
  --stop-timeout 300 \
  --log-driver json-file \
  --log-opt max-file=5 \
  --log-opt max-size=50m \
  --restart unless-stopped \
  imply/agent:v15
