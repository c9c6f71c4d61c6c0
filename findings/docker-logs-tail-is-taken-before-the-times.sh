#!/usr/bin/env bash
# moby v2.0.0-beta.24, the engine: what `docker logs` reads of a container, with the logging drivers json-file and local.
# `--tail N` takes the last N records of the whole log, and `--since` and `--until` then look at these alone. Of a log with
# two lines before 01:30 `--until 01:30` shows both, `--until 01:30 --tail 4` one, `--until 01:30 --tail 2` none: no error,
# no warning, as if the program had said nothing. With `--tail 10` they are back.
# The times are ends of a walk and no filter: where a host's clock was set back, `--since 02:00` shows a line of 00:30 too,
# since one of 02:00 stands before it, and `--until 02:00` lacks it, since it stops at the first later one.
# A record is no line: of one with 40,000 bytes, which is kept in three, `--tail 2` shows the last 7,232 and the line after.
# Matters because "the last hundred lines before it went wrong" is how a log is asked for the day after: by then there are
# a hundred newer ones, and the service seems to have been silent. What helps: times without --tail, and `tail` behind it.
# Shown with the code of the engine, which reads its own files; no engine is run. Needs Go 1.26 or newer.
set -euo pipefail
export LC_ALL=C

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > go.mod << 'MOD'
module finding

go 1.26.0

require github.com/moby/moby/v2 v2.0.0-beta.24
MOD
cat > shown.go << 'GO'
// Command shown prints what the engine gives of a log by the last records, by times, and by both.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/moby/moby/v2/daemon/logger"
	"github.com/moby/moby/v2/daemon/logger/jsonfilelog"
	"github.com/moby/moby/v2/daemon/logger/local"
)

var midnight = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func at(clock string) time.Time {
	parsed, err := time.Parse("15:04", clock)
	if err != nil {
		log.Fatal(err)
	}
	return midnight.Add(time.Duration(parsed.Hour())*time.Hour + time.Duration(parsed.Minute())*time.Minute)
}

// write logs lines, each with the clock that its host shows.
func write(driver logger.Logger, lines ...string) {
	for _, line := range lines {
		message := logger.NewMessage()
		message.Line, message.Source = append(message.Line, line...), "stdout"
		message.Timestamp = at(strings.Fields(line)[0])
		if err := driver.Log(message); err != nil {
			log.Fatal(err)
		}
	}
}

func read(driver logger.Logger, config logger.ReadConfig) (seen []string) {
	watcher := driver.(logger.LogReader).ReadLogs(context.Background(), config)
	defer watcher.ConsumerGone()
	for {
		select {
		case message, more := <-watcher.Msg:
			if !more {
				return seen
			}
			line := strings.TrimSuffix(string(message.Line), "\n")
			if len(line) > 100 {
				line = fmt.Sprintf("%d bytes", len(line))
			}
			seen = append(seen, line)
		case err := <-watcher.Err:
			log.Fatal(err)
		}
	}
}

func main() {
	for name, create := range map[string]func(logger.Info) (logger.Logger, error){"json-file": jsonfilelog.New, "local": local.New} {
		open := func() logger.Logger {
			dir, err := os.MkdirTemp(".", name)
			if err != nil {
				log.Fatal(err)
			}
			driver, err := create(logger.Info{ContainerID: "c0ffee", LogPath: filepath.Join(dir, "log"), Config: map[string]string{}})
			if err != nil {
				log.Fatal(err)
			}
			return driver
		}

		hours := open()
		write(hours, "00:00 a", "01:00 b", "02:00 c", "03:00 d", "04:00 e")
		for _, tail := range []int{-1, 10, 4, 2} {
			fmt.Printf("%s: until 01:30, tail %d: %q\n", name, tail, read(hours, logger.ReadConfig{Tail: tail, Until: at("01:30")}))
		}

		back := open()
		write(back, "01:00 a", "02:00 b", "03:00 c", "00:30 set back", "04:00 d")
		fmt.Printf("%s: since 02:00: %q\n", name, read(back, logger.ReadConfig{Tail: -1, Since: at("02:00")}))
		fmt.Printf("%s: until 02:00: %q\n", name, read(back, logger.ReadConfig{Tail: -1, Until: at("02:00")}))

		long := open()
		text := strings.NewReader("first\n" + strings.Repeat("x", 40_000) + "\nlast\n")
		copier := logger.NewCopier(map[string]io.Reader{"stdout": text}, long)
		copier.Run()
		copier.Wait()
		fmt.Printf("%s: a long line, tail 2: %q\n", name, read(long, logger.ReadConfig{Tail: 2}))
	}
}
GO
export GOMODCACHE="$work/modules" GOCACHE="$work/cache" GOFLAGS='-mod=mod -modcacherw' GOTOOLCHAIN=local
go build -o shown . 2> build.log || { cat build.log; exit 1; }
./shown | sort > seen
cat seen

for driver in json-file local; do
	cat << TEXT
$driver: a long line, tail 2: ["7232 bytes" "last"]
$driver: since 02:00: ["02:00 b" "03:00 c" "00:30 set back" "04:00 d"]
$driver: until 01:30, tail -1: ["00:00 a" "01:00 b"]
$driver: until 01:30, tail 10: ["00:00 a" "01:00 b"]
$driver: until 01:30, tail 2: []
$driver: until 01:30, tail 4: ["01:00 b"]
$driver: until 02:00: ["01:00 a" "02:00 b"]
TEXT
done | sort > wanted
diff wanted seen || { echo 'changed: lines with > are new'; exit 1; }
echo 'seen: the last records are taken first, and the times cut what is left of them'
