#!/usr/bin/env bash
# Prometheus 3 (prometheus/prometheus v0.316.0) reads what it scrapes with one parser; `promtool check metrics`, the
# Pushgateway and the node exporter's folder of *.prom files read the same text format with another (expfmt of
# prometheus/common v0.73.1). One line that is not taken costs the whole page or file, and they do not take the same:
# - `# TYPE a Counter`, with a capital, is good for the checker, and the server's scrape fails.
# - a blank behind the value, a last line without its end, a TYPE or HELP that comes twice or behind its samples, a
#   backslash before any letter (`C:\data`), an end of line within a value of a label: the server takes them all, in
#   silence, and the checker refuses.
# An exporter that the server has scraped for years loses all its metrics when its output goes into a *.prom file, by one
# blank; one that the checker passed in CI is down in the server. As OpenMetrics the server's third parser reads the same
# lines again in another way: a time of 1700000000 is in January 1970 by the first two, and in 2023 by this one.
# Matters to whoever prints metrics with a few lines of his own, or passes those of a JVM on. Try both.
# Shown with the parsers. Needs Go 1.26 or newer.
set -euo pipefail

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > go.mod << 'MOD'
module finding

go 1.26

require (
	github.com/prometheus/common v0.73.1
	github.com/prometheus/prometheus v0.316.0
)
MOD
cat > read.go << 'GO'
// Command read says what three parsers make of a page of metrics: the number of samples, or that it is refused.
package main

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

const refused = "refused"

func checker(page string) string {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(page))
	if err != nil {
		return refused
	}
	said := ""
	for _, family := range families {
		for _, metric := range family.Metric {
			said += "+"
			if metric.TimestampMs != nil {
				said += " of " + time.UnixMilli(*metric.TimestampMs).UTC().Format("2006")
			}
		}
	}
	return said
}

func server(page, kind string) string {
	parser, err := textparse.New([]byte(page), kind, labels.NewSymbolTable(), textparse.ParserOptions{})
	if err != nil {
		return refused
	}
	said := ""
	for {
		entry, err := parser.Next()
		if errors.Is(err, io.EOF) {
			return said
		}
		if err != nil {
			return refused
		}
		if entry == textparse.EntrySeries {
			said += "+"
			if _, at, _ := parser.Series(); at != nil {
				said += " of " + time.UnixMilli(*at).UTC().Format("2006")
			}
		}
	}
}

func main() {
	for _, page := range []string{
		"# HELP a words\n# TYPE a counter\na{b=\"c\"} 1\n",
		"# TYPE a Counter\na 1\n",
		"a 1 \n",
		"a 1",
		"a 1\n# TYPE a counter\n",
		"# HELP a words\n# HELP a words\na 1\n",
		"a{b=\"C:\\data\"} 1\n",
		"a{b=\"c\nd\"} 1\n",
		"# TYPE a unknown\na 1\n",
		"a 1 1700000000\n",
	} {
		fmt.Printf("%q: checker %s, server %s, as OpenMetrics %s\n", page, checker(page), server(page, "text/plain; version=0.0.4"),
			server(page+"# EOF\n", "application/openmetrics-text; version=1.0.0"))
	}
}
GO
export GOMODCACHE="$work/modules" GOCACHE="$work/cache" GOFLAGS='-mod=mod -modcacherw' GOTOOLCHAIN=local
go build -o read . 2> build.log || { cat build.log; exit 1; }
go version -m read | grep -E 'prometheus/(common|prometheus)'
./read > seen 2> log || { cat log; exit 1; }
cat seen log

cat > wanted << 'TEXT'
"# HELP a words\n# TYPE a counter\na{b=\"c\"} 1\n": checker +, server +, as OpenMetrics +
"# TYPE a Counter\na 1\n": checker +, server refused, as OpenMetrics refused
"a 1 \n": checker refused, server +, as OpenMetrics refused
"a 1": checker refused, server +, as OpenMetrics refused
"a 1\n# TYPE a counter\n": checker refused, server +, as OpenMetrics +
"# HELP a words\n# HELP a words\na 1\n": checker refused, server +, as OpenMetrics +
"a{b=\"C:\\data\"} 1\n": checker refused, server +, as OpenMetrics +
"a{b=\"c\nd\"} 1\n": checker refused, server +, as OpenMetrics refused
"# TYPE a unknown\na 1\n": checker refused, server refused, as OpenMetrics +
"a 1 1700000000\n": checker + of 1970, server + of 1970, as OpenMetrics + of 2023
TEXT
diff wanted seen || { echo 'changed: lines with > are new'; exit 1; }
echo 'seen: the server and the checker of one format take different lines of it'
