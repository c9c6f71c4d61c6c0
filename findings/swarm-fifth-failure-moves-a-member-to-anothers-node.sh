#!/usr/bin/env bash
# moby/swarmkit v2.1.1, the scheduler in a swarm's managers. Three copies of a service stand on three nodes, one each, and
# the one on node a ends with an error each time that it is started. Four times it is started again on a. Its fifth
# failure within five minutes counts more than that it would stand alone: from then on it goes to a node where another
# copy runs, though a is ready and empty, and has all that the constraints ask for. Two of three are on one node, and stay
# there when a is well again. By the restarts' own default of five seconds that is half a minute after the first.
# A line in the manager's log tells it ("underweighting node"), nothing that the engine's API shows. Failures are counted
# by the version of the service: after an update, also one by --force, the next copy goes to a again.
# Matters for what keeps data on its node: a broker with a wrong setting, or a full disk, is next started where its volume
# is not, makes an empty one there and joins as if new; and the node of two copies takes both with it. Give each member a
# service and a constraint for its node, or `max_replicas_per_node: 1`, with which it stays on a (the last lines).
# Shown with the scheduler itself, on a store of three nodes, without an engine. Needs Go 1.21 or newer.
set -euo pipefail

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > go.mod << 'MOD'
module finding

go 1.21

require github.com/moby/swarmkit/v2 v2.1.1
MOD
cat > fail.go << 'GO'
// Command fail lets the copy on node a fail again and again, and says where the scheduler puts the next.
package main

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/moby/swarmkit/v2/api"
	"github.com/moby/swarmkit/v2/manager/scheduler"
	"github.com/moby/swarmkit/v2/manager/state/store"
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

type swarm struct {
	memory  *store.MemoryStore
	most    uint64 // Copies on one node.
	version uint64 // Of the service.
	made    int
}

// start makes a copy as the orchestrator does, lets it run where the scheduler puts it, and names that node.
func (s *swarm) start(slot uint64) (task *api.Task) {
	s.made++
	id := fmt.Sprint("task-", s.made)
	must(s.memory.Update(func(tx store.Tx) error {
		return store.CreateTask(tx, &api.Task{
			ID:          id,
			ServiceID:   "service",
			Slot:        slot,
			SpecVersion: &api.Version{Index: s.version},
			Spec: api.TaskSpec{
				Runtime:   &api.TaskSpec_Container{Container: &api.ContainerSpec{}},
				Placement: &api.Placement{MaxReplicas: s.most},
			},
			DesiredState: api.TaskStateRunning,
			Status:       api.TaskStatus{State: api.TaskStatePending},
		})
	}))
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		s.memory.View(func(tx store.ReadTx) { task = store.GetTask(tx, id) })
		if task.Status.State == api.TaskStateAssigned {
			s.set(task, api.TaskStateRunning, api.TaskStateRunning)
			return task
		}
	}
	log.Fatal("the task is not assigned: ", task.Status)
	return nil
}

func (s *swarm) set(task *api.Task, state, desired api.TaskState) {
	must(s.memory.Update(func(tx store.Tx) error {
		now := store.GetTask(tx, task.ID)
		now.Status.State, now.DesiredState = state, desired
		return store.UpdateTask(tx, now)
	}))
}

func run(most uint64) {
	s := &swarm{memory: store.NewMemoryStore(nil), most: most, version: 1}
	must(s.memory.Update(func(tx store.Tx) error {
		for _, name := range []string{"a", "b", "c"} {
			if err := store.CreateNode(tx, &api.Node{
				ID:          name,
				Spec:        api.NodeSpec{Annotations: api.Annotations{Name: name}},
				Description: &api.NodeDescription{Hostname: name},
				Status:      api.NodeStatus{State: api.NodeStatus_READY},
			}); err != nil {
				return err
			}
		}
		return nil
	}))
	one := scheduler.New(s.memory)
	go one.Run(context.Background())
	defer one.Stop()
	var failing *api.Task
	for slot := uint64(1); slot <= 3; slot++ {
		if task := s.start(slot); task.NodeID == "a" {
			failing = task
		}
	}
	again := func(what string) {
		s.set(failing, api.TaskStateFailed, api.TaskStateRunning)
		s.set(failing, api.TaskStateFailed, api.TaskStateShutdown)
		failing = s.start(failing.Slot)
		where := "on a"
		if failing.NodeID != "a" {
			where = "beside another"
		}
		fmt.Printf("at most %d on a node, %s: %s\n", most, what, where)
	}
	for failures := 1; failures <= 5; failures++ {
		again(fmt.Sprint("failures ", failures))
	}
	s.version = 2
	again("after an update")
}

func main() {
	run(0)
	run(1)
}
GO
export GOMODCACHE="$work/modules" GOCACHE="$work/cache" GOFLAGS='-mod=mod -modcacherw' GOTOOLCHAIN=local
go build -o fail . 2> build.log || { cat build.log; exit 1; }
go version -m fail | grep swarmkit
./fail > seen 2> log || { cat log; exit 1; }
cat seen log

cat > wanted << 'TEXT'
at most 0 on a node, failures 1: on a
at most 0 on a node, failures 2: on a
at most 0 on a node, failures 3: on a
at most 0 on a node, failures 4: on a
at most 0 on a node, failures 5: beside another
at most 0 on a node, after an update: on a
at most 1 on a node, failures 1: on a
at most 1 on a node, failures 2: on a
at most 1 on a node, failures 3: on a
at most 1 on a node, failures 4: on a
at most 1 on a node, failures 5: on a
at most 1 on a node, after an update: on a
TEXT
diff wanted seen || { echo 'changed: lines with > are new'; exit 1; }
grep -q 'underweighting node a for service service' log || { echo 'changed: it is not logged'; exit 1; }
echo 'seen: after five failures a copy goes beside another one, though its own node is empty and ready'
