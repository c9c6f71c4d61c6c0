#!/usr/bin/env bash
# moby/swarmkit v2.0.0, the scheduler in a swarm's managers. A service's `placement` has two parts, and they read the
# same words in two ways:
# - a constraint compares values without regard to case, a spread with it. Where an operator labelled one node of a zone
#   "East" and the other "east", `node.labels.zone==east` holds for both, and shows nothing amiss. The spread over
#   node.labels.zone counts two zones: of six tasks the zone of two nodes gets four, not three.
# - a constraint knows node.hostname, node.platform.arch and others. A spread knows labels only, and takes every other
#   word, one that was misspelt as well, for no preference at all: no error, no line in the log, and tasks by node as
#   if nothing was said. So `spread: node.platform.arch` and `spread: zone` (for node.labels.zone) look right and do
#   nothing.
# Matters to whoever spreads copies over zones in order to lose one: test the constraint as often as you like, it says
# nothing of the spread. Count the tasks by zone.
# Shown with the scheduler itself, on a store of three nodes, without an engine. Needs Go 1.21 or newer.
set -euo pipefail

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > go.mod << 'MOD'
module finding

go 1.21

require github.com/moby/swarmkit/v2 v2.0.0
MOD
cat > place.go << 'GO'
// Command place lets the scheduler place six tasks on three nodes, and says how many each node got.
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

const tasks = 6

func node(name, zone, arch string) *api.Node {
	return &api.Node{
		ID:          name,
		Spec:        api.NodeSpec{Annotations: api.Annotations{Name: name, Labels: map[string]string{"zone": zone}}},
		Description: &api.NodeDescription{Hostname: name, Platform: &api.Platform{OS: "linux", Architecture: arch}},
		Status:      api.NodeStatus{State: api.NodeStatus_READY},
	}
}

func task(slot uint64, placement *api.Placement) *api.Task {
	container := &api.TaskSpec_Container{Container: &api.ContainerSpec{}}
	return &api.Task{
		ID:           fmt.Sprint("task-", slot),
		ServiceID:    "web",
		Slot:         slot,
		Spec:         api.TaskSpec{Runtime: container, Placement: placement},
		DesiredState: api.TaskStateRunning,
		Status:       api.TaskStatus{State: api.TaskStatePending},
	}
}

// place counts the tasks of each node. The second node's zone is as given.
func place(zone string, placement *api.Placement) map[string]int {
	memory := store.NewMemoryStore(nil)
	defer memory.Close()
	if err := memory.Update(func(tx store.Tx) error {
		nodes := []*api.Node{node("a", "east", "x86_64"), node("b", zone, "x86_64"), node("c", "west", "aarch64")}
		for _, each := range nodes {
			if err := store.CreateNode(tx, each); err != nil {
				return err
			}
		}
		for slot := uint64(1); slot <= tasks; slot++ {
			if err := store.CreateTask(tx, task(slot, placement)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		log.Fatal(err)
	}
	one := scheduler.New(memory)
	go one.Run(context.Background())
	defer one.Stop()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		counts, assigned := map[string]int{}, 0
		memory.View(func(tx store.ReadTx) {
			found, _ := store.FindTasks(tx, store.All)
			for _, each := range found {
				if each.Status.State == api.TaskStateAssigned {
					counts[each.NodeID]++
					assigned++
				}
			}
		})
		if assigned == tasks {
			return counts
		}
	}
	log.Fatal("the tasks are not assigned")
	return nil
}

func main() {
	for _, each := range []struct{ zone, constraint, spread string }{
		{"east", "node.labels.zone==east", ""},
		{"East", "node.labels.zone==east", ""},
		{"east", "", "node.labels.zone"},
		{"East", "", "node.labels.zone"},
		{"east", "", ""},
		{"east", "node.platform.arch==aarch64", ""},
		{"east", "", "node.platform.arch"},
		{"east", "", "zone"},
	} {
		placement := &api.Placement{}
		if each.constraint != "" {
			placement.Constraints = []string{each.constraint}
		}
		if each.spread != "" {
			over := &api.SpreadOver{SpreadDescriptor: each.spread}
			preference := &api.PlacementPreference{Preference: &api.PlacementPreference_Spread{Spread: over}}
			placement.Preferences = []*api.PlacementPreference{preference}
		}
		got := place(each.zone, placement)
		fmt.Printf("zones east, %s, west; constraint '%s', spread '%s': %d, %d, %d\n",
			each.zone, each.constraint, each.spread, got["a"], got["b"], got["c"])
	}
}
GO
export GOMODCACHE="$work/modules" GOCACHE="$work/cache" GOFLAGS='-mod=mod -modcacherw' GOTOOLCHAIN=local
go build -o place . 2> build.log || { cat build.log; exit 1; }
go version -m place | grep swarmkit
./place > seen 2> log || { cat log; exit 1; }
cat seen log

cat > wanted << 'TEXT'
zones east, east, west; constraint 'node.labels.zone==east', spread '': 3, 3, 0
zones east, East, west; constraint 'node.labels.zone==east', spread '': 3, 3, 0
zones east, east, west; constraint '', spread 'node.labels.zone': N, N, 3
zones east, East, west; constraint '', spread 'node.labels.zone': 2, 2, 2
zones east, east, west; constraint '', spread '': 2, 2, 2
zones east, east, west; constraint 'node.platform.arch==aarch64', spread '': 0, 0, 6
zones east, east, west; constraint '', spread 'node.platform.arch': 2, 2, 2
zones east, east, west; constraint '', spread 'zone': 2, 2, 2
TEXT
# Which of two equal nodes gets the third task is by chance.
sed -E "s/: (1, 2|2, 1), 3$/: N, N, 3/" seen | diff wanted - || { echo 'changed: lines with > are new'; exit 1; }
[ ! -s log ] || { echo 'changed: something is logged'; exit 1; }
echo 'seen: a spread counts two zones where a constraint sees one, and takes a word that it does not know for none'
