#!/usr/bin/env bash
# A `command:` that is given as one line of text is taken apart by whoever reads the file, and each cuts something off,
# without a word:
# - docker/cli v29.9.3 (`docker stack deploy`, `docker stack config`) ends it at a word that starts with `#`, as if the
#   rest were a comment: of `server --password #orders --port 9092` there is left `server --password`. In a folded text
#   (`command: >`) all further lines are gone with it, in a kept one (`|`) the rest of that line.
# - compose-go v2.16.2 (`docker compose`) ends it at the first `;`, `|`, `&`, `<` or `>`, in the middle of a word as well:
#   of `server --super.users User:a;User:b --port 9092` there is left `server --super.users User:a`, of an address with
#   `?a=1&b=2` there is left `?a=1`.
# What one cuts the other keeps. Both take a backslash off. Quotes within the line keep all of it in both, as a list does.
# Matters to whoever tries a file with Compose and deploys it as a stack, or the other way: the server starts, with half
# of its command line, and defaults for the rest. Give lists.
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
cat > cut.go << 'GO'
// Command cut loads a file as docker stack and as Docker Compose do, and prints the commands that came of it.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"slices"
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

func main() {
	bytes, err := os.ReadFile("stack.yml")
	must(err)
	parsed, err := loader.ParseYAML(bytes)
	must(err)
	loaded, err := loader.Load(types.ConfigDetails{ConfigFiles: []types.ConfigFile{{Filename: "stack.yml", Config: parsed}}})
	must(err)
	options, err := compose.NewProjectOptions([]string{"stack.yml"}, compose.WithName("finding"))
	must(err)
	project, err := options.LoadProject(context.Background())
	must(err)
	slices.SortFunc(loaded.Services, func(a, b types.ServiceConfig) int { return strings.Compare(a.Name, b.Name) })
	for _, service := range loaded.Services {
		other, err := project.GetService(service.Name)
		must(err)
		fmt.Printf("%s\n  stack   %q\n  compose %q\n", service.Name, []string(service.Command), []string(other.Command))
	}
}
GO
cat > stack.yml << 'YAML'
x-image: &image {image: "example/server:1"}
services:
  address: {<<: *image, command: 'server --url http://example/?a=1&b=2 --port 9092'}
  backslash: {<<: *image, command: 'server --password or\ders --port 9092'}
  folded:
    <<: *image
    command: >
      server --a 1
      # --b 2
      --c 3
  hash: {<<: *image, command: 'server --password #orders --port 9092'}
  inside: {<<: *image, command: 'server --password orders#1 --port 9092'}
  kept:
    <<: *image
    command: |
      server --a 1
      # --b 2
      --c 3
  less: {<<: *image, command: 'server --password or<ders --port 9092'}
  list: {<<: *image, command: [server, --password, '#or;d|e&r>s', --port, '9092']}
  pattern: {<<: *image, command: 'server --match a|b --port 9092'}
  quoted: {<<: *image, command: 'server --password "#or;d|e&r>s" --port 9092'}
  users: {<<: *image, command: 'server --super.users User:a;User:b --port 9092'}
YAML
export GOMODCACHE="$work/modules" GOCACHE="$work/cache" GOFLAGS='-mod=mod -modcacherw' GOTOOLCHAIN=local
go build -o cut . 2> build.log || { cat build.log; exit 1; }
go version -m cut | grep -E 'docker/cli|compose-go|shlex|shellwords'
./cut > seen 2> log || { cat log; exit 1; }
cat seen log

whole='["server" "--password" "#or;d|e&r>s" "--port" "9092"]'
cat > wanted << TEXT
address
  stack   ["server" "--url" "http://example/?a=1&b=2" "--port" "9092"]
  compose ["server" "--url" "http://example/?a=1"]
backslash
  stack   ["server" "--password" "orders" "--port" "9092"]
  compose ["server" "--password" "orders" "--port" "9092"]
folded
  stack   ["server" "--a" "1"]
  compose ["server" "--a" "1" "#" "--b" "2" "--c" "3"]
hash
  stack   ["server" "--password"]
  compose ["server" "--password" "#orders" "--port" "9092"]
inside
  stack   ["server" "--password" "orders#1" "--port" "9092"]
  compose ["server" "--password" "orders#1" "--port" "9092"]
kept
  stack   ["server" "--a" "1" "--c" "3"]
  compose ["server" "--a" "1" "#" "--b" "2" "--c" "3"]
less
  stack   ["server" "--password" "or<ders" "--port" "9092"]
  compose ["server" "--password" "or"]
list
  stack   $whole
  compose $whole
pattern
  stack   ["server" "--match" "a|b" "--port" "9092"]
  compose ["server" "--match" "a"]
quoted
  stack   $whole
  compose $whole
users
  stack   ["server" "--super.users" "User:a;User:b" "--port" "9092"]
  compose ["server" "--super.users" "User:a"]
TEXT
diff wanted seen || { echo 'changed: lines with > are new'; exit 1; }
[ ! -s log ] || { echo 'changed: something is logged'; exit 1; }
echo 'seen: docker stack cuts a command at a hash, Compose at signs of a shell, and neither says so'
