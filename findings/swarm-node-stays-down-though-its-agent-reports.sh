#!/usr/bin/env bash
# moby/swarmkit v2.0.0 (the one of engine 28.5.2) and v2.1.3-0.20260828175525-ad0357aedfca, the dispatcher of a swarm's
# leader. An engine that was restarted registers its node, while the session it had before is still to end: three
# heartbeats after the last. If it registers in the tenth of a second before that end, the node stays down: "ready" waits
# in a queue for the next write, of which there are ten a second, "down" of the old session takes its place there, and
# then the new session begins. The leader answers each of its heartbeats, and none changes the record: `docker node ls`
# has `Down` and, of a manager, `Reachable` in one line, and `docker node inspect` says "heartbeat failure". A node that
# is down is given no tasks, and those it had are started elsewhere.
# It ends when the agent opens its session again: its engine is started once more, its connection breaks, or another
# manager leads. Nothing does that by itself.
# With the usual heartbeat of 5 s the end is 10 to 15 s after the engine was stopped: of the restarts that take so long
# about one in a hundred meets it, by reckoning (50 ms of 5 s).
# Matters to whoever waits for `Ready` after each restart of a rolling upgrade: it does not come, however long one waits.
# Shown with the dispatcher itself, asked through its port and with certificates, as agents ask it; the heartbeat is set
# to 1 s. No engine is run. Needs Go 1.26.
set -euo pipefail

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > down.go << 'GO'
// Command down lets nodes register at three offsets to the end of their old sessions, and says what becomes of them.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/docker/go-events"
	"github.com/moby/swarmkit/v2/api"
	"github.com/moby/swarmkit/v2/ca"
	"github.com/moby/swarmkit/v2/ca/testutils"
	"github.com/moby/swarmkit/v2/manager/dispatcher"
	"github.com/moby/swarmkit/v2/manager/drivers"
	"github.com/moby/swarmkit/v2/manager/state/store"
	"google.golang.org/grpc"
)

const (
	period = time.Second
	missed = 3 // As in the engine: so many periods without a heartbeat end a session.
	write  = 100 * time.Millisecond
	nodes  = 10 // For each offset: their sessions end at ten moments between two writes.
)

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// cluster is one with a single manager, whose peers never change.
type cluster struct{ memory *store.MemoryStore }

func (c cluster) GetMemberlist() map[uint64]*api.RaftMember { return nil }
func (c cluster) SubscribePeers() (chan events.Event, func()) {
	return make(chan events.Event), func() {}
}
func (c cluster) MemoryStore() *store.MemoryStore { return c.memory }

// agent is what an engine runs, from its start to its end.
type agent struct {
	node    string
	session atomic.Value // Its id.
	client  api.DispatcherClient
	running context.Context
	end     func()
}

func start(address string, identity *ca.SecurityConfig) *agent {
	running, cancel := context.WithCancel(context.Background())
	security := grpc.WithTransportCredentials(identity.ClientTLSCreds)
	connection, err := grpc.DialContext(running, address, security, grpc.WithBlock())
	must(err)
	made := &agent{
		node:    identity.ClientTLSCreds.NodeID(),
		client:  api.NewDispatcherClient(connection),
		running: running,
		end:     func() { cancel(); connection.Close() },
	}
	made.session.Store("")
	return made
}

// open begins a session, or opens the agent's own again, and reads on from it. What is refused is asked once more.
func (a *agent) open() {
	for tries := 0; ; tries++ {
		stream, err := a.client.Session(a.running, &api.SessionRequest{
			SessionID: a.session.Load().(string), Description: &api.NodeDescription{Hostname: "alpha"},
		})
		must(err)
		first, err := stream.Recv()
		if err != nil && tries < 9 {
			continue
		}
		must(err)
		a.session.Store(first.SessionID)
		go func() {
			for err == nil {
				_, err = stream.Recv()
			}
		}()
		return
	}
}

func (a *agent) beat() bool {
	_, err := a.client.Heartbeat(a.running, &api.HeartbeatRequest{SessionID: a.session.Load().(string)})
	return err == nil
}

// beats sends heartbeats for some time, and opens a session when one is refused. It counts these.
func (a *agent) beats(during time.Duration) int {
	refused := 0
	for began := time.Now(); time.Since(began) < during; time.Sleep(period / 2) {
		if !a.beat() {
			refused++
			a.open()
		}
	}
	return refused
}

// restart gives a node an agent, ends that, and lets another one register at an offset to the end of its session.
func restart(address string, identity *ca.SecurityConfig, phase, offset time.Duration) *agent {
	old := start(address, identity)
	old.open() // Is answered right after a write.
	time.Sleep(phase)
	if !old.beat() {
		log.Fatal("a first heartbeat is refused")
	}
	last := time.Now()
	time.Sleep(period / 2)
	old.end()
	young := start(address, identity)
	time.Sleep(time.Until(last.Add(missed*period + offset)))
	young.open()
	return young
}

func main() {
	authority := testutils.NewTestCA(nil)
	defer authority.Stop()
	identity := func(role string) *ca.SecurityConfig {
		made, err := authority.NewNodeConfig(role)
		must(err)
		return made
	}
	record := func(a *agent) (status api.NodeStatus) {
		authority.MemoryStore.View(func(tx store.ReadTx) { status = store.GetNode(tx, a.node).Status })
		return status
	}

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	manager := identity(ca.ManagerRole)
	server := grpc.NewServer(grpc.Creds(manager.ServerTLSCreds))
	leader := dispatcher.New()
	lead := func() {
		config := &dispatcher.Config{HeartbeatPeriod: period, GracePeriodMultiplier: missed}
		leader.Init(cluster{authority.MemoryStore}, config, drivers.New(nil), manager)
		go leader.Run(context.Background())
		time.Sleep(period)
	}
	api.RegisterDispatcherServer(server, leader)
	go server.Serve(listener)
	lead()

	var down []*agent
	for _, offset := range []time.Duration{-period, -30 * time.Millisecond, period} {
		var all [nodes]*agent
		var refused [nodes]int
		var wait sync.WaitGroup
		for i := range all {
			its := identity(ca.WorkerRole)
			wait.Add(1)
			go func(i int) {
				defer wait.Done()
				all[i] = restart(listener.Addr().String(), its, time.Duration(i)*write/nodes, offset)
				refused[i] = all[i].beats(5 * time.Second)
			}(i)
		}
		wait.Wait()
		here, no := 0, 0
		for i, a := range all {
			if record(a).State != api.NodeStatus_READY {
				here++
				no += refused[i]
				down = append(down, a)
			}
		}
		fmt.Printf("registered at %v to the old end, 5s later: of %d nodes not READY %d, refused heartbeats of these %d\n",
			offset, nodes, here, no)
		if offset == period {
			break
		}
		for _, a := range all {
			go a.beats(15 * time.Second) // All goes on, as on a swarm.
		}
	}
	if len(down) < 2 {
		log.Fatal("none to go on with")
	}

	one, other := down[0], down[1]
	var wait sync.WaitGroup
	for _, a := range []*agent{one, other} {
		wait.Add(1)
		go func(a *agent) {
			defer wait.Done()
			a.beats(15 * time.Second)
		}(a)
	}
	wait.Wait()
	say := func(when string, a *agent) {
		answer := map[bool]string{true: "answered", false: "refused"}[a.beat()]
		fmt.Printf("%s: heartbeat %s, %v %q\n", when, answer, record(a).State, record(a).Message)
	}
	say("one of them, half a minute later", one)
	one.open()
	say("its session opened once more", one)
	say("another of them", other)
	must(leader.Stop())
	lead()
	say("the next leader", other)
	other.open()
	say("registered there", other)
}
GO
export GOMODCACHE="$work/modules" GOCACHE="$work/cache" GOFLAGS='-mod=mod -modcacherw' GOTOOLCHAIN=local
for version in v2.0.0 v2.1.3-0.20260828175525-ad0357aedfca; do
	printf 'module finding\n\ngo 1.26.0\n\nrequire github.com/moby/swarmkit/v2 %s\n' "$version" > go.mod
	rm -f go.sum
	go build -o down . 2> build.log || { cat build.log; exit 1; }
	go version -m down | grep swarmkit
	./down > seen 2> log || { cat seen log; exit 1; }
	cat seen
	sed -i '/ -30ms /s/READY [1-9][0-9]*,/READY some,/' seen
	cat > wanted << 'TEXT'
registered at -1s to the old end, 5s later: of 10 nodes not READY 0, refused heartbeats of these 0
registered at -30ms to the old end, 5s later: of 10 nodes not READY some, refused heartbeats of these 0
registered at 1s to the old end, 5s later: of 10 nodes not READY 0, refused heartbeats of these 0
one of them, half a minute later: heartbeat answered, DOWN "heartbeat failure"
its session opened once more: heartbeat answered, READY ""
another of them: heartbeat answered, DOWN "heartbeat failure"
the next leader: heartbeat refused, DOWN "heartbeat failure"
registered there: heartbeat answered, READY ""
TEXT
	diff wanted seen || { echo 'changed: lines with > are new'; exit 1; }
done
echo 'seen: a node that registers just before its old session ends stays down, while its heartbeats are answered'
