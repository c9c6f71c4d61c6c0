#!/usr/bin/env bash
# moby v2.0.0-beta.24, the engine, with moby/swarmkit v2.1.3-0.20260828175525-ad0357aedfca, which fills in the templates of
# a service. `{{.Node.Hostname}}` is the node's name in `environment:` and `hostname:`. In a config that is a template
# (`template_driver: golang`) the same words are filled in with nothing, and so is `{{.Node.Platform.OS}}`: no error, no
# warning, while `{{.Node.ID}}` beside them is filled in. The engine knows its name and does not hand it on here.
# A config that is put into another (`{{config "common"}}`) is put in as it was written, its own templates not filled in,
# though in its own file in the same container they are.
# Matters because the first thing to put into such a file is a rack, an address or a metric's label by node: what was
# `broker.rack={{.Node.Hostname}}` is `broker.rack=` in every container. What helps: a variable `NODE: "{{.Node.Hostname}}"`
# of the service, and `{{env "NODE"}}` in the config; and no config within another.
# Shown with the code of swarmkit, called as the engine calls it, whose two calls are looked up in its source; no engine is
# run. Needs Go 1.26 or newer.
set -euo pipefail

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > go.mod << 'MOD'
module finding

go 1.26.0

require github.com/moby/swarmkit/v2 v2.1.3-0.20260828175525-ad0357aedfca
MOD
cat > fill.go << 'GO'
// Command fill prints what a container has of a service whose environment and configs are templates.
package main

import (
	"fmt"
	"log"

	"github.com/moby/swarmkit/v2/agent/configs"
	"github.com/moby/swarmkit/v2/agent/exec"
	"github.com/moby/swarmkit/v2/api"
	"github.com/moby/swarmkit/v2/template"
)

const words = "id {{.Node.ID}}, name {{.Node.Hostname}}, system {{.Node.Platform.OS}}."

// store has configs, as an agent has them that a manager sent to it.
type store struct {
	exec.DependencyGetter
	manager exec.ConfigsManager
}

func (s store) Secrets() exec.SecretGetter { return nil }
func (s store) Configs() exec.ConfigGetter { return s.manager }
func (s store) Volumes() exec.VolumeGetter { return nil }

func main() {
	task := &api.Task{ID: "task", NodeID: "node", Slot: 2, ServiceAnnotations: api.Annotations{Name: "kafka"}}
	container := &api.ContainerSpec{Env: []string{"WORDS=" + words, "NODE={{.Node.Hostname}}"}}
	task.Spec.Runtime = &api.TaskSpec_Container{Container: container}
	dependencies := store{manager: configs.NewManager()}
	for _, config := range [][2]string{
		{"common", words},
		{"other", `{{config "common"}}`},
		{"helped", `name {{env "NODE"}}, member {{.Task.Slot}}`},
	} {
		dependencies.manager.Add(api.Config{ID: config[0], Spec: api.ConfigSpec{
			Annotations: api.Annotations{Name: config[0]}, Data: []byte(config[1]), Templating: &api.Driver{Name: "golang"},
		}})
		container.Configs = append(container.Configs, &api.ConfigReference{ConfigID: config[0], ConfigName: config[0],
			Target: &api.ConfigReference_File{File: &api.FileTarget{Name: config[0], Mode: 0o444}}})
	}

	// As the engine does: it makes the getter of configs, and then fills in the container's settings, in the same task.
	node := &api.NodeDescription{Hostname: "alpha", Platform: &api.Platform{OS: "linux"}}
	getter := template.NewTemplatedDependencyGetter(dependencies, task, nil)
	filled, err := template.ExpandContainerSpec(node, task)
	if err != nil {
		log.Fatal(err)
	}
	task.Spec.Runtime = &api.TaskSpec_Container{Container: filled}

	fmt.Println("environment:", filled.Env)
	for _, reference := range filled.Configs {
		config, err := getter.Configs().Get(reference.ConfigID)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("config %s: %s\n", config.ID, config.Spec.Data)
	}
}
GO
export GOMODCACHE="$work/modules" GOCACHE="$work/cache" GOFLAGS='-mod=mod -modcacherw' GOTOOLCHAIN=local
go build -o fill . 2> build.log || { cat build.log; exit 1; }
./fill > seen
cat seen

# The engine's two lines: the first without its node, the second with it.
engine="$(go mod download -json github.com/moby/moby/v2@v2.0.0-beta.24 | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')"
grep -rhE --include='*.go' --exclude='*_test.go' 'template\.(NewTemplatedDependencyGetter|ExpandContainerSpec)\(' \
	"$engine/daemon" | sed 's/^\t*/engine: /' | sort >> seen
tail -n 2 seen
grep -F "swarmkit/v2 v2.1.3-0.20260828175525-ad0357aedfca" "$engine/go.mod"

cat > wanted << 'TEXT'
environment: [WORDS=id node, name alpha, system linux. NODE=alpha]
config common: id node, name , system .
config other: id {{.Node.ID}}, name {{.Node.Hostname}}, system {{.Node.Platform.OS}}.
config helped: name alpha, member 2
engine: dependencyGetter := template.NewTemplatedDependencyGetter(agent.Restrict(e.dependencies, t), t, nil)
engine: preparedSpec, err := template.ExpandContainerSpec(node, t)
TEXT
diff wanted seen || { echo 'changed: lines with > are new'; exit 1; }
echo 'seen: a node has its name in the environment of a service and none in its configs'
