#!/usr/bin/env bash
# docker/cli v29.9.3, `docker stack deploy -c stack.yml -c other.yml` and `docker stack config`. A second file that says
# nothing but another image for a service takes away from what the first gave it, without a word:
# - of ports with the same published number one is left: 53/udp stays, 53/tcp is gone; of all ports that have none ("80",
#   "443", which swarm is to number) one is left as well;
# - of one secret or config that is mounted at two places, one is left. It need not even be the same one: the last.
# And what the second file says to turn something off is passed over: `read_only: false`, `tty: false`, `init: false`,
# `A: ""` in the environment, `delay: 0s`, an empty command, `max_replicas_per_node: 0`. Yet `replicas: 0`,
# `parallelism: 0`, `max_attempts: 0` and an empty label are taken. Either file alone is read as it stands.
# The same files in Docker Compose (compose-go v2.16.2) keep all ports and mounts, and are turned off.
# Matters to whoever keeps a file for all places and a small one for each: the service lost its port over TCP the day
# that a second file named it. The first file deployed alone shows nothing amiss: look at what `docker stack config`
# prints for both.
# Shown with the code that both load files with, without an engine. Needs Go 1.26 or newer.
set -euo pipefail

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > go.mod << 'MOD'
module finding

go 1.26.0

require (
	github.com/compose-spec/compose-go/v2 v2.16.2
	github.com/docker/cli v29.9.3+incompatible
	github.com/docker/go-units v0.5.0
	github.com/moby/moby/api v1.57.0
	github.com/moby/moby/client v0.6.3
)
MOD
cat > read.go << 'GO'
// Command read loads files as docker stack and as Docker Compose do, and prints what came of the service.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"

	compose "github.com/compose-spec/compose-go/v2/cli"
	"github.com/docker/cli/cli/compose/loader"
	"github.com/docker/cli/cli/compose/types"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// said is what both make of the service, in the same words.
func said(ports, secrets, configs []string, values ...any) string {
	for i, value := range values {
		if text, ok := value.(*string); ok {
			values[i] = *text
		}
	}
	return fmt.Sprintf("ports %s, secrets %s, configs %s\n", strings.Join(ports, " "), strings.Join(secrets, " "),
		strings.Join(configs, " ")) + fmt.Sprintf("  read_only %v, tty %v, init %v, A %q, command %v, delay %v, "+
		"per node %d\n  replicas %d, parallelism %d, attempts %d, label %q", values...)
}

func stack(files []string) string {
	var details types.ConfigDetails
	for _, file := range files {
		bytes, err := os.ReadFile(file)
		must(err)
		parsed, err := loader.ParseYAML(bytes)
		must(err)
		details.ConfigFiles = append(details.ConfigFiles, types.ConfigFile{Filename: file, Config: parsed})
	}
	loaded, err := loader.Load(details)
	must(err)
	service := loaded.Services[0]
	var ports, secrets, configs []string
	for _, port := range service.Ports {
		ports = append(ports, fmt.Sprintf("%d:%d/%s", port.Published, port.Target, port.Protocol))
	}
	for _, secret := range service.Secrets {
		secrets = append(secrets, secret.Target)
	}
	for _, config := range service.Configs {
		configs = append(configs, config.Target)
	}
	deploy := service.Deploy
	return said(ports, secrets, configs, service.ReadOnly, service.Tty, *service.Init, service.Environment["A"],
		service.Command, *deploy.RestartPolicy.Delay, deploy.Placement.MaxReplicas, *deploy.Replicas,
		*deploy.UpdateConfig.Parallelism, *deploy.RestartPolicy.MaxAttempts, deploy.Labels["x"])
}

func compound(files []string) string {
	options, err := compose.NewProjectOptions(files, compose.WithName("finding"))
	must(err)
	project, err := options.LoadProject(context.Background())
	must(err)
	service, err := project.GetService("dns")
	must(err)
	var ports, secrets, configs []string
	for _, port := range service.Ports {
		published, _ := strconv.Atoi(port.Published) // Empty is 0, as with the other.
		ports = append(ports, fmt.Sprintf("%d:%d/%s", published, port.Target, port.Protocol))
	}
	for _, secret := range service.Secrets {
		secrets = append(secrets, secret.Target)
	}
	for _, config := range service.Configs {
		configs = append(configs, config.Target)
	}
	deploy := service.Deploy
	return said(ports, secrets, configs, service.ReadOnly, service.Tty, *service.Init, service.Environment["A"],
		service.Command, *deploy.RestartPolicy.Delay, deploy.Placement.MaxReplicas, *deploy.Replicas,
		*deploy.UpdateConfig.Parallelism, *deploy.RestartPolicy.MaxAttempts, deploy.Labels["x"])
}

func main() {
	for _, more := range []string{"", "image.yml", "off.yml"} {
		files := strings.Fields("stack.yml " + more)
		fmt.Printf("stack   %v: %s\n", files, stack(files))
		fmt.Printf("compose %v: %s\n", files, compound(files))
	}
}
GO
cat > stack.yml << 'YAML'
services:
  dns:
    image: example/dns:1
    ports: ["53:53/tcp", "53:53/udp", "80", "443"]
    secrets: [{source: key, target: one.key}, {source: key, target: two.key}]
    configs: [{source: zone, target: /one.zone}, {source: zone, target: /two.zone}]
    read_only: true
    tty: true
    init: true
    environment: {A: "1"}
    command: [serve]
    deploy:
      replicas: 3
      labels: {x: "1"}
      update_config: {parallelism: 2}
      restart_policy: {max_attempts: 3, delay: 10s}
      placement: {max_replicas_per_node: 1}
secrets: {key: {external: true}}
configs: {zone: {external: true}}
YAML
cat > image.yml << 'YAML'
services: {dns: {image: "example/dns:2"}}
YAML
cat > off.yml << 'YAML'
services:
  dns:
    read_only: false
    tty: false
    init: false
    environment: {A: ""}
    command: []
    deploy:
      replicas: 0
      labels: {x: ""}
      update_config: {parallelism: 0}
      restart_policy: {max_attempts: 0, delay: 0s}
      placement: {max_replicas_per_node: 0}
YAML
export GOMODCACHE="$work/modules" GOCACHE="$work/cache" GOFLAGS='-mod=mod -modcacherw' GOTOOLCHAIN=local
go build -o read . 2> build.log || { cat build.log; exit 1; }
go version -m read | grep -E 'docker/cli|compose-go'
./read > seen 2> log || { cat log; exit 1; }
cat seen log

all='ports 53:53/tcp 53:53/udp 0:80/tcp 0:443/tcp, secrets one.key two.key, configs /one.zone /two.zone'
few='ports 0:443/tcp 53:53/udp, secrets two.key, configs /two.zone'
on='read_only true, tty true, init true, A "1", command [serve], delay 10s, per node 1'
three='replicas 3, parallelism 2, attempts 3, label "1"'
none='replicas 0, parallelism 0, attempts 0, label ""'
cat > wanted << TEXT
stack   [stack.yml]: $all
  $on
  $three
compose [stack.yml]: $all
  $on
  $three
stack   [stack.yml image.yml]: $few
  $on
  $three
compose [stack.yml image.yml]: $all
  $on
  $three
stack   [stack.yml off.yml]: $few
  $on
  $none
compose [stack.yml off.yml]: $all
  read_only false, tty false, init false, A "", command [], delay 0s, per node 0
  $none
TEXT
diff wanted seen || { echo 'changed: lines with > are new'; exit 1; }
[ ! -s log ] || { echo 'changed: something is logged'; exit 1; }
echo 'seen: a second file that names a service takes ports and secrets from it, and cannot turn off what the first has on'
