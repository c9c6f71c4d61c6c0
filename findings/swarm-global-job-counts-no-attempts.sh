#!/usr/bin/env bash
# moby/swarmkit v2.1.1, which orchestrates in a swarm's managers. `restart_policy: {condition: on-failure, max_attempts: 3}`
# ends the restarts of a service and of a replicated job after three: four tasks fail, and that is all. In a global job
# (`mode: global-job`) the same words end nothing: a task that fails is started again, for ever, with `window` or without.
# Restarts are written down by node, and looked up without it for this one of four modes. No error, no line in the log,
# and `docker service inspect` shows the limit as it was set.
# What had given up is not at rest either: when another manager becomes the leader, a replicated job is started once more,
# and with `window` the two kinds of services as well.
# Matters to whoever prepares each node by a job (a format, a migration, a check of disks) and trusts in the limit: with a
# wrong password it knocks at the database for ever, from all nodes. End it in the program, or by `docker service rm`.
# Shown with the orchestrators themselves, on a store with one node, whose tasks all fail; no engine. Needs Go 1.21.
set -euo pipefail

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > go.mod << 'MOD'
module finding

go 1.21

require (
	github.com/gogo/protobuf v1.3.2
	github.com/moby/swarmkit/v2 v2.1.1
)
MOD
cat > attempts.go << 'GO'
// Command attempts counts the tasks that fail before a manager gives up, and those that the next leader adds.
package main

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/gogo/protobuf/types"
	"github.com/moby/swarmkit/v2/api"
	"github.com/moby/swarmkit/v2/manager/orchestrator/global"
	"github.com/moby/swarmkit/v2/manager/orchestrator/jobs"
	"github.com/moby/swarmkit/v2/manager/orchestrator/replicated"
	"github.com/moby/swarmkit/v2/manager/state/store"
)

const (
	enough = 40
	quiet  = 3 * time.Second
)

func service(mode string, window time.Duration) *api.Service {
	one := &api.Service{ID: "service", SpecVersion: &api.Version{Index: 1}}
	one.Spec.Annotations.Name = mode
	one.Spec.Task = api.TaskSpec{
		Runtime: &api.TaskSpec_Container{Container: &api.ContainerSpec{}},
		Restart: &api.RestartPolicy{
			Condition:   api.RestartOnFailure,
			MaxAttempts: 3,
			Delay:       types.DurationProto(time.Millisecond),
			Window:      types.DurationProto(window),
		},
	}
	switch mode {
	case "replicated":
		one.Spec.Mode = &api.ServiceSpec_Replicated{Replicated: &api.ReplicatedService{Replicas: 1}}
	case "global":
		one.Spec.Mode = &api.ServiceSpec_Global{Global: &api.GlobalService{}}
	case "replicated-job":
		job := &api.ReplicatedJob{MaxConcurrent: 1, TotalCompletions: 1}
		one.Spec.Mode = &api.ServiceSpec_ReplicatedJob{ReplicatedJob: job}
		one.JobStatus = &api.JobStatus{JobIteration: api.Version{Index: 1}}
	case "global-job":
		one.Spec.Mode = &api.ServiceSpec_GlobalJob{GlobalJob: &api.GlobalJob{}}
		one.JobStatus = &api.JobStatus{JobIteration: api.Version{Index: 1}}
	}
	return one
}

// lead runs the orchestrator of a mode, as a manager does that becomes the leader, and ends it.
func lead(mode string, memory *store.MemoryStore) func() {
	switch mode {
	case "replicated":
		one := replicated.NewReplicatedOrchestrator(memory)
		go one.Run(context.Background())
		return one.Stop
	case "global":
		one := global.NewGlobalOrchestrator(memory)
		go one.Run(context.Background())
		return one.Stop
	default:
		one := jobs.NewOrchestrator(memory)
		go one.Run(context.Background())
		return one.Stop
	}
}

// fail lets every task fail that is to run, until no more come, or more than enough came.
func fail(memory *store.MemoryStore) string {
	failed := 0
	for last := time.Now(); time.Since(last) < quiet; time.Sleep(5 * time.Millisecond) {
		if failed > enough {
			return "no end"
		}
		if err := memory.Update(func(tx store.Tx) error {
			tasks, err := store.FindTasks(tx, store.All)
			if err != nil {
				return err
			}
			for _, task := range tasks {
				wanted := task.DesiredState == api.TaskStateRunning || task.DesiredState == api.TaskStateCompleted
				if !wanted || task.Status.State >= api.TaskStateCompleted {
					continue
				}
				task.NodeID = "node"
				now := types.TimestampNow() // By the agent's clock, and by the manager's.
				task.Status = api.TaskStatus{State: api.TaskStateFailed, Timestamp: now, AppliedAt: now}
				if err := store.UpdateTask(tx, task); err != nil {
					return err
				}
				failed++
				last = time.Now()
			}
			return nil
		}); err != nil {
			log.Fatal(err)
		}
	}
	return fmt.Sprint(failed)
}

func main() {
	for _, window := range []time.Duration{0, time.Minute} {
		for _, mode := range []string{"replicated", "global", "replicated-job", "global-job"} {
			memory := store.NewMemoryStore(nil)
			if err := memory.Update(func(tx store.Tx) error {
				cluster := &api.Cluster{ID: "cluster"}
				cluster.Spec.Annotations.Name = store.DefaultClusterName
				if err := store.CreateCluster(tx, cluster); err != nil {
					return err
				}
				node := &api.Node{ID: "node", Status: api.NodeStatus{State: api.NodeStatus_READY}}
				if err := store.CreateNode(tx, node); err != nil {
					return err
				}
				return store.CreateService(tx, service(mode, window))
			}); err != nil {
				log.Fatal(err)
			}
			end := lead(mode, memory)
			first := fail(memory)
			end()
			end = lead(mode, memory)
			second := fail(memory)
			end()
			memory.Close()
			fmt.Printf("%s, max_attempts 3, window %v: tasks that failed %s, with another leader %s\n", mode, window, first, second)
		}
	}
}
GO
export GOMODCACHE="$work/modules" GOCACHE="$work/cache" GOFLAGS='-mod=mod -modcacherw' GOTOOLCHAIN=local
go build -o attempts . 2> build.log || { cat build.log; exit 1; }
go version -m attempts | grep swarmkit
./attempts > seen 2> log || { cat log; exit 1; }
cat seen log

cat > wanted << TEXT
replicated, max_attempts 3, window 0s: tasks that failed 4, with another leader 0
global, max_attempts 3, window 0s: tasks that failed 4, with another leader 0
replicated-job, max_attempts 3, window 0s: tasks that failed 4, with another leader 1
global-job, max_attempts 3, window 0s: tasks that failed no end, with another leader no end
replicated, max_attempts 3, window 1m0s: tasks that failed 4, with another leader 1
global, max_attempts 3, window 1m0s: tasks that failed 4, with another leader 1
replicated-job, max_attempts 3, window 1m0s: tasks that failed 4, with another leader 1
global-job, max_attempts 3, window 1m0s: tasks that failed no end, with another leader no end
TEXT
diff wanted seen || { echo 'changed: lines with > are new'; exit 1; }
[ ! -s log ] || { echo 'changed: something is logged'; exit 1; }
echo 'seen: a global job is started again for ever, where all other modes end after max_attempts'
