#!/usr/bin/env bash
# moby/swarmkit v2.1.1, the updater in a swarm's managers. `order: stop-first`, which is the default, tells the old task to
# stop, and starts the new one when it has ended; or after a minute, whatever `stop_grace_period` says. A task that may
# take two hours to stop and takes 75 s has its successor beside it for a quarter of a minute, on the same node, volume and host
# name, and nothing tells: the old one is meant to be shut down, so that `docker service ls` counts one of one, and
# `docker service ps` shows the old one as `Running` below it. No setting changes the minute.
# Matters for what drains before it stops, or flushes to its disk: two databases open one directory. Scale the service to
# 0, wait until its task has ended, then update it. `docker service rm` and a service made anew wait for nothing at all.
# Known as moby/moby#36111. Shown with the updater itself, on a store of one task, without an engine. Needs Go 1.21 or
# newer.
set -euo pipefail

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > go.mod << 'MOD'
module finding

go 1.21

require github.com/moby/swarmkit/v2 v2.1.1
MOD
cat > stops.go << 'GO'
// Command stops updates a service of one task and says when the new one runs, and how many run then.
package main

import (
	"context"
	"fmt"
	"log"
	"sync"
	"time"

	gogotypes "github.com/gogo/protobuf/types"
	"github.com/moby/swarmkit/v2/api"
	"github.com/moby/swarmkit/v2/manager/orchestrator"
	"github.com/moby/swarmkit/v2/manager/orchestrator/restart"
	"github.com/moby/swarmkit/v2/manager/orchestrator/update"
	"github.com/moby/swarmkit/v2/manager/state"
	"github.com/moby/swarmkit/v2/manager/state/store"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// node does what the tasks' node does: it starts what is to run, and stops what is to stop, which takes its time.
func node(memory *store.MemoryStore, takes time.Duration) {
	events, _ := state.Watch(memory.WatchQueue(), api.EventUpdateTask{})
	set := func(id string, to api.TaskState) {
		must(memory.Update(func(tx store.Tx) error {
			task := store.GetTask(tx, id)
			task.Status.State = to
			return store.UpdateTask(tx, task)
		}))
	}
	go func() {
		stopping := map[string]bool{}
		for event := range events {
			task := event.(api.EventUpdateTask).Task
			switch {
			case task.DesiredState == api.TaskStateRunning && task.Status.State < api.TaskStateRunning:
				set(task.ID, api.TaskStateRunning)
			case task.DesiredState == api.TaskStateShutdown && !stopping[task.ID]:
				stopping[task.ID] = true
				time.AfterFunc(takes, func() { set(task.ID, api.TaskStateShutdown) })
			}
		}
	}()
}

func run(takes time.Duration) string {
	memory := store.NewMemoryStore(nil)
	defer memory.Close()
	service := &api.Service{
		ID: "service",
		Spec: api.ServiceSpec{
			Annotations: api.Annotations{Name: "service"},
			Task: api.TaskSpec{Runtime: &api.TaskSpec_Container{Container: &api.ContainerSpec{
				Image:           "v:1",
				StopGracePeriod: gogotypes.DurationProto(2 * time.Hour),
			}}},
			Mode:   &api.ServiceSpec_Replicated{Replicated: &api.ReplicatedService{Replicas: 1}},
			Update: &api.UpdateConfig{Order: api.UpdateConfig_STOP_FIRST, Monitor: gogotypes.DurationProto(time.Millisecond)},
		},
	}
	old := orchestrator.NewTask(nil, service.Copy(), 1, "node")
	old.Status.State = api.TaskStateRunning
	must(memory.Update(func(tx store.Tx) error {
		must(store.CreateService(tx, service))
		return store.CreateTask(tx, old)
	}))
	memory.View(func(tx store.ReadTx) { old = store.GetTask(tx, old.ID) })
	node(memory, takes)
	service = service.Copy()
	service.Spec.Task.GetContainer().Image = "v:2"
	began := time.Now()
	update.NewUpdater(memory, restart.NewSupervisor(memory), nil, service).Run(
		context.Background(), []orchestrator.Slot{{old}},
	)
	runs := 0
	memory.View(func(tx store.ReadTx) {
		tasks, err := store.FindTasks(tx, store.All)
		must(err)
		for _, task := range tasks {
			if task.Status.State == api.TaskStateRunning {
				runs++
			}
		}
	})
	return fmt.Sprintf("takes %v to stop: the new one runs after %v, and then %d run", takes, time.Since(began).Round(5*time.Second), runs)
}

func main() {
	all := []time.Duration{20 * time.Second, 75 * time.Second}
	said := make([]string, len(all))
	var wait sync.WaitGroup
	for i, takes := range all {
		wait.Add(1)
		go func(i int, takes time.Duration) {
			defer wait.Done()
			said[i] = run(takes)
		}(i, takes)
	}
	wait.Wait()
	for _, line := range said {
		fmt.Println(line)
	}
}
GO
export GOMODCACHE="$work/modules" GOCACHE="$work/cache" GOFLAGS='-mod=mod -modcacherw' GOTOOLCHAIN=local
go build -o stops . 2> build.log || { cat build.log; exit 1; }
go version -m stops | grep swarmkit
./stops > seen 2> log || { cat log; exit 1; }
cat seen

cat > wanted << 'TEXT'
takes 20s to stop: the new one runs after 20s, and then 1 run
takes 1m15s to stop: the new one runs after 1m0s, and then 2 run
TEXT
diff wanted seen || { echo 'changed: lines with > are new'; exit 1; }
echo 'seen: a minute after the old task was told to stop the new one starts beside it'
